"""What is said of a suite once a run, and what a test leaves behind: on the terminal and in JSON."""

from __future__ import annotations

import json
import re

import pytest

HELD = """
    @pytest.fixture
    def held():
        with make_app().app_context() as context:
            yield context.app.test_client()

    @pytest.mark.parametrize("number", range(4))
    def test_held(held, number): held.get("/right")
"""
LINE = (
    "flaskctx: note: an application context is held around requests: on Flask {version} they share "
    "one `g` (FCX303 at test_shop.py:7; --flaskctx-report)"
)
PYTEST_FLASK = """
    import pytest

    @pytest.fixture(autouse=True)
    def _push_request_context(request):
        if "app" not in request.fixturenames:
            return
        ctx = request.getfixturevalue("app").test_request_context()
        ctx.push()
        request.addfinalizer(ctx.pop)
"""
WITH_APP = """
    @pytest.fixture
    def app():
        return make_app()

    def test_page(app): app.test_client().get("/right")
"""
REPAIR = """
    @pytest.fixture
    def _push_request_context():
        pass
"""
KEPT = """
    kept = {}

    @pytest.fixture
    def keeping():
        app = make_app()

        @app.before_request
        def keep():
            kept["last"] = request._get_current_object()

        return app.test_client()

    def test_kept(keeping): keeping.get("/right")
    def test_right(client): client.get("/right")
"""


def one_line(result: pytest.RunResult) -> str:
    """Return the output without line breaks."""
    return " ".join(result.stdout.str().split())


@pytest.fixture
def line() -> str:
    """Return the note for the Flask that is installed."""
    from importlib import metadata

    return LINE.format(version=".".join(metadata.version("flask").split(".")[:2]))


@pytest.mark.parametrize("args", [(), ("-n2",), ("--flaskctx=warn",), ("--flaskctx=strict",)])
def test_a_note_is_said_once_a_run(run, line: str, args: tuple[str, ...]) -> None:
    """In one line, by however many tests and workers, and it fails nothing in any mode."""
    result = run(HELD, *args)
    result.assert_outcomes(passed=4)
    assert result.ret == 0
    assert one_line(result).count(line) == 1
    assert "leak site" not in result.stdout.str()


@pytest.mark.parametrize("args", [(), ("-n2",)])
def test_a_note_is_told_in_full_on_demand(run, args: tuple[str, ...]) -> None:
    """With the line, what it does, and the repair."""
    text = run(HELD, "--flaskctx-report", *args).stdout.str()
    for part in (
        "--- notes: 1 ---",
        "held here:",
        "test_shop.py:7: in held",
        ">       with make_app().app_context() as context:",
        "seen 4 times",
        "fix: Let the block end before the requests",
        "more: pytest --flaskctx-explain FCX303",
    ):
        assert text.count(part) == 1, part
    assert "flaskctx: no context leaks" in text
    assert "no task is known" not in text
    assert "late" not in text


def test_a_note_is_in_the_file(pytester, run) -> None:
    """It is of no test, and has its level."""
    run(HELD, "--flaskctx-json=out.json")
    (entry,) = json.loads((pytester.path / "out.json").read_text())["findings"]
    assert (entry["code"], entry["level"], entry["status"]) == ("FCX303", "note", "new")
    assert (entry["file"], entry["line"], entry["tests"]) == ("test_shop.py", 7, [])
    assert (entry["origin"], entry["request"]) == (None, None)


@pytest.mark.parametrize(
    "option",
    [
        "flaskctx_rules=FCX303 = off",
        "flaskctx_allow=FCX303 : test_shop.py::held : the tests look at the session",
    ],
)
def test_a_note_can_be_silenced(run, option: str) -> None:
    """By its level, or for its place with a reason."""
    result = run(HELD, "-o", option)
    assert result.ret == 0
    assert "flaskctx:" not in result.stdout.str()


def test_a_quiet_run_is_quiet(run) -> None:
    """Who asks for next to nothing gets no note."""
    assert "note:" not in run(HELD, "-qq").stdout.str()


@pytest.mark.parametrize(
    ("level", "args", "outcomes"),
    [
        ("fail", (), {"failed": 4}),
        ("strict", (), {"passed": 4}),
        ("strict", ("--flaskctx=strict",), {"failed": 4}),
        ("warn", ("--flaskctx=strict",), {"passed": 4}),
    ],
)
def test_a_note_can_be_raised(
    run, level: str, args: tuple[str, ...], outcomes: dict[str, int]
) -> None:
    """Then it is each test's."""
    result = run(HELD, "-o", f"flaskctx_rules=FCX303 = {level}", *args)
    result.assert_outcomes(**outcomes)
    assert "note:" not in result.stdout.str()
    assert "1 leak site in 4 tests" in result.stdout.str()


def test_a_marker_allows_what_was_raised(run) -> None:
    """A test that is held to it may say why it holds a context."""
    marked = HELD.replace(
        "    @pytest.mark",
        '    @pytest.mark.flask_ctx_allow("outer-context", reason="reads the session")\n'
        "    @pytest.mark",
    )
    result = run(marked, "-o", "flaskctx_rules=FCX303 = fail")
    result.assert_outcomes(passed=4)


def test_users_of_pytest_flask_are_told_their_repair(pytester, run) -> None:
    """And it silences the note."""
    pytester.mkpydir("pytest_flask").joinpath("plugin.py").write_text(
        re.sub("^    ", "", PYTEST_FLASK, flags=re.MULTILINE)
    )
    result = run(WITH_APP, "--flaskctx-report", plugins=("pytest_flask.plugin",))
    result.assert_outcomes(passed=1)
    assert "pytest-flask holds a request context around requests" in one_line(result)
    result.stdout.fnmatch_lines(["    @pytest.fixture", "    def _push_request_context():"])
    repaired = run(WITH_APP + REPAIR, plugins=("pytest_flask.plugin",))
    repaired.assert_outcomes(passed=1)
    assert "flaskctx:" not in repaired.stdout.str()


@pytest.mark.parametrize("args", [(), ("-n2",)])
def test_a_retained_request_fails_its_test_in_strict_mode(run, args: tuple[str, ...]) -> None:
    """With the way to it, the line that made what holds it, and the request."""
    result = run(KEPT, "--flaskctx=strict", *args)
    result.assert_outcomes(passed=2, errors=1)
    text = result.stdout.str()
    for part in (
        "FCX304 retained-request: `test_shop.kept['last']` still holds the request",
        "held by:",
        "test_shop.py:5: in <module>",
        ">   kept = {}",
        "request: GET /right (endpoint 'right')",
        "fix: Keep the values that are wanted later, in place of the request:",
    ):
        assert part in text, part
    assert "no task is known" not in text


def test_a_retained_request_is_a_warning_otherwise(run) -> None:
    """One line of the report, named by the way to it."""
    result = run(KEPT)
    result.assert_outcomes(passed=2)
    line = "    warning  test_shop.py:5  FCX304 retained-request: `test_shop.kept['last']`"
    assert line in result.stdout.str().splitlines()
