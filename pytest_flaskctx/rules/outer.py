"""FCX303: a request is served within an application context that the suite holds."""

from __future__ import annotations

from importlib import metadata
from typing import TYPE_CHECKING

from pytest_flaskctx.rules.base import Rule, Verdict

if TYPE_CHECKING:
    from pytest_flaskctx.facts import Incident, Stack

OUTER_CONTEXT = Rule(
    "FCX303",
    "outer-context",
    "note",
    "Requests are served within an application context that the suite holds.",
    "No server holds a context around requests: code that needs one where none is finds this one, "
    "and below Flask 3.2 a request finds what another one left on `g`. The tests pass, and the "
    "program fails.",
    place="held here:",
)
_WHO = {
    "app": "an application context is held",
    "request": "a request context is held",
    "client": "a test client holds a context",
    "pytest-flask": "pytest-flask holds a request context",
}
_HINTS = {
    "app": """\
Let the block end before the requests, and keep in it what needs a context:

    with app.app_context():
        db.create_all()
    client = app.test_client()

Where `push()` holds the context until a `pop()`, write such a block in its place.""",
    "request": """\
Let the block end before the requests, and keep in it what needs a context:

    with app.test_request_context():
        url = url_for("index")
    client.get(url)

Where `push()` holds the context until a `pop()`, write such a block in its place.""",
    "client": """\
Let a client's `with` block end before another client's requests, or open none: in the block it \
holds the context of its last request.

    alice, bob = app.test_client(), app.test_client()""",
    "pytest-flask": """\
Take the place of pytest-flask's fixture in conftest.py, so that nothing is pushed:

    @pytest.fixture
    def _push_request_context():
        pass

A test that calls `url_for` or reads `session` itself then pushes a context for that: \
`with app.test_request_context():`.""",
}


def judge(incident: Incident) -> Verdict:
    """Return what is to be said of a context that is held around requests.

    The words of such an incident are what is held (``app``, ``request``, or ``client`` for what a
    test client keeps), and whose ``g`` such a request has: ``shared`` or its ``own``.
    """
    held, shares = incident.words
    kind = "pytest-flask" if _is_pytest_flasks(incident.stack) else held
    effect = "they share one `g`" if shares == "shared" else "each still has a `g` of its own"
    message = f"{_WHO[kind]} around requests: on {flask()} {effect}"
    return Verdict(OUTER_CONTEXT, message, _HINTS[kind])


def _is_pytest_flasks(stack: Stack) -> bool:
    return any(
        frame.function == "_push_request_context"
        and frame.file.replace("\\", "/").endswith("/pytest_flask/plugin.py")
        for frame in stack
    )


def flask() -> str:
    """Return the name of the Flask in use, with its version as far as that matters here."""
    try:
        version = metadata.version("flask")
    except metadata.PackageNotFoundError:  # a source tree
        return "this Flask"
    return f"Flask {'.'.join(version.split('.')[:2])}"
