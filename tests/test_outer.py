"""FCX303: the words for a context that is held around requests."""

from __future__ import annotations

from importlib import metadata

import pytest
from builders import frame

from pytest_flaskctx.facts import Incident
from pytest_flaskctx.rules import outer

PLUGIN = "/venv/lib/python3.13/site-packages/pytest_flask/plugin.py"


def incident(*words: str, file: str = "tests/conftest.py", function: str = "client") -> Incident:
    """Return what a probe noted."""
    stack = (frame(3, function, file),)
    return Incident("outer-context", "", stack, "MainThread", 1, None, None, words, "")


@pytest.fixture(autouse=True)
def version(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have Flask 3.1.3 in place."""
    monkeypatch.setattr(metadata, "version", {"flask": "3.1.3"}.__getitem__)


@pytest.mark.parametrize(
    ("held", "who"),
    [
        ("app", "an application context is held"),
        ("request", "a request context is held"),
        ("client", "a test client holds a context"),
    ],
)
def test_the_message_says_what_becomes_of_g(held: str, who: str) -> None:
    """It names who holds, the version, and whose ``g`` a request has there."""
    verdict = outer.judge(incident(held, "shared"))
    assert verdict.rule is outer.OUTER_CONTEXT
    assert verdict.message == f"{who} around requests: on Flask 3.1 they share one `g`"
    assert verdict.level is None


def test_a_flask_of_one_context_gives_each_request_its_own_g(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """From 3.2 on nothing survives, and the message says so."""
    monkeypatch.setattr(metadata, "version", lambda name: "3.2.0")
    assert outer.judge(incident("app", "own")).message == (
        "an application context is held around requests: on Flask 3.2 each still has a `g` of its "
        "own"
    )


def test_a_flask_without_metadata_has_no_version(monkeypatch: pytest.MonkeyPatch) -> None:
    """A source tree of Flask's is this Flask."""

    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    assert outer.flask() == "this Flask"


def test_each_way_has_its_repair() -> None:
    """A block that ends, one that ends with a URL, and clients without a block."""
    app, request, client = (
        outer.judge(incident(held, "shared")).hint for held in ("app", "request", "client")
    )
    assert app == (
        "Let the block end before the requests, and keep in it what needs a context:\n\n"
        "    with app.app_context():\n"
        "        db.create_all()\n"
        "    client = app.test_client()\n\n"
        "Where `push()` holds the context until a `pop()`, write such a block in its place."
    )
    assert request == (
        "Let the block end before the requests, and keep in it what needs a context:\n\n"
        "    with app.test_request_context():\n"
        '        url = url_for("index")\n'
        "    client.get(url)\n\n"
        "Where `push()` holds the context until a `pop()`, write such a block in its place."
    )
    assert client == (
        "Let a client's `with` block end before another client's requests, or open none: in the "
        "block it holds the context of its last request.\n\n"
        "    alice, bob = app.test_client(), app.test_client()"
    )


@pytest.mark.parametrize("file", [PLUGIN, PLUGIN.replace("/", "\\")])
def test_pytest_flask_is_named_with_the_repair_for_its_users(file: str) -> None:
    """Its fixture is told by name and file."""
    verdict = outer.judge(
        incident("request", "shared", file=file, function="_push_request_context")
    )
    assert verdict.message == (
        "pytest-flask holds a request context around requests: on Flask 3.1 they share one `g`"
    )
    assert verdict.hint == (
        "Take the place of pytest-flask's fixture in conftest.py, so that nothing is pushed:\n\n"
        "    @pytest.fixture\n"
        "    def _push_request_context():\n"
        "        pass\n\n"
        "A test that calls `url_for` or reads `session` itself then pushes a context for that: "
        "`with app.test_request_context():`."
    )


def test_a_fixture_of_that_name_elsewhere_is_the_users() -> None:
    """The user's own may do as pytest-flask's does."""
    verdict = outer.judge(incident("request", "shared", function="_push_request_context"))
    assert verdict.message.startswith("a request context is held")


def test_the_rule_is_a_note() -> None:
    """It fails in no mode."""
    rule = outer.OUTER_CONTEXT
    assert (rule.code, rule.name, rule.level) == ("FCX303", "outer-context", "note")
    assert rule.place == "held here:"
    assert rule.why == (
        "No server holds a context around requests: code that needs one where none is finds this "
        "one, and below Flask 3.2 a request finds what another one left on `g`. The tests pass, "
        "and the program fails."
    )
