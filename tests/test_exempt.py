"""Uses that never count, and whose a use is."""

from __future__ import annotations

import pytest
from accesses import INLINE, LIBRARY, OBSERVER, OVER, OWN, USER, access, verdict

from pytest_flaskctx.facts import Frame
from pytest_flaskctx.rules.exempt import called_by_user
from pytest_flaskctx.rules.judging import Judgement
from pytest_flaskctx.rules.unbound import UNBOUND_ACCESS, UNBOUND_GUARD


@pytest.mark.parametrize(
    "operation", ["__repr__", "__class__", "__dir__", "__doc__", "__wrapped__"]
)
def test_what_debuggers_look_at_is_nothing(operation: str) -> None:
    """A program decides nothing by it."""
    assert verdict(access(operation=operation)) is None


@pytest.mark.parametrize("luck", [False, True])
@pytest.mark.parametrize(
    "file", ["/lib/pdb.py", "/x/site-packages/_pydevd_bundle/a/b.py", "C:\\lib\\bdb.py"]
)
def test_a_debuggers_prompt_is_exempt(file: str, luck: bool) -> None:
    """What is typed at a prompt is evaluated in a frame of the user's, under the debugger."""
    found = {"context": OWN, "origin": INLINE} if luck else {}
    stack = (USER, Frame(file, 1, "default", kind="stdlib"))
    assert verdict(access(stack=stack, **found)) is None


def test_a_file_that_only_sounds_like_one_is_not() -> None:
    """A module of the user's whose name contains a debugger's is the user's."""
    assert verdict(access(stack=(Frame("/app/pdb_tools.py", 1, "f"),))) is not None


FLASK_OWN = [
    (Frame("/x/flask/logging.py", 1, "wsgi_errors_stream", kind="flask"), "__getattr__"),
    (Frame("/x/flask/logging.py", 1, "has_level_handler", kind="flask"), "__getattr__"),
    (Frame("/x/flask/app.py", 1, "Flask.do_teardown_request", kind="flask"), "__getattr__"),
    (Frame("/x/flask/helpers.py", 1, "f", kind="flask"), "__bool__"),
]


@pytest.mark.parametrize("luck", [False, True])
@pytest.mark.parametrize(("frame", "operation"), FLASK_OWN)
def test_what_flask_asks_on_its_own_account_is_exempt(
    frame: Frame, operation: str, luck: bool
) -> None:
    """Its logging, its guards and its teardown, through whatever frames of Werkzeug's."""
    werkzeug = Frame("/x/werkzeug/local.py", 1, "get", kind="werkzeug")
    found = {"context": OWN, "origin": INLINE} if luck else {}
    stack = (werkzeug, frame, USER)
    assert verdict(access(stack=stack, operation=operation, **found)) is None


def test_what_flask_does_for_a_line_of_the_users_is_the_users() -> None:
    """``url_for`` and ``flash`` read proxies in Flask's own frames; a function call is no guess."""
    flask = Frame("/x/flask/helpers.py", 1, "flash", kind="flask")
    assert verdict(access(stack=(flask, USER))) == Judgement(UNBOUND_ACCESS)
    teardown = Frame("/x/flask/app.py", 1, "Flask.do_teardown_request", kind="flask")
    assert verdict(access(stack=(teardown,), operation="call")) is not None


@pytest.mark.parametrize("function", ["Request.max_content_length", "Request._load_form_data"])
def test_what_a_request_asks_of_the_app_is_its_own_affair(function: str) -> None:
    """It reads limits where there is an application, also under a context that is over."""
    frame = Frame("/x/flask/wrappers.py", 1, function, kind="flask")
    for context in (None, OVER):
        stack = (frame, USER)
        assert verdict(access(proxy="current_app", context=context, stack=stack)) is None


@pytest.mark.parametrize("function", ["open_session", "save_session"])
def test_keeping_a_session_is_flasks_affair(function: str) -> None:
    """Whoever pushes a request of their own under a dead context asks nothing of that one."""
    stack = (
        Frame("/x/flask/json/__init__.py", 1, "dumps", kind="flask"),
        Frame("/x/itsdangerous/serializer.py", 1, "dumps", kind="library"),
        Frame("/x/flask/sessions.py", 1, f"SecureCookie.{function}", kind="flask"),
        USER,
    )
    found = access(proxy="current_app", context=OVER)
    assert verdict(found._replace(stack=stack)) is None
    assert verdict(found._replace(stack=(stack[0], USER, stack[2]))) is not None


@pytest.mark.parametrize("operation", ["body", "file", "call"])
def test_a_late_read_by_way_of_flask_is_the_users(operation: str) -> None:
    """The form is parsed in Flask's own frames; it is the user's line that wanted it."""
    frame = Frame("/x/flask/wrappers.py", 1, "Request._load_form_data", kind="flask")
    assert verdict(access(context=OVER, operation=operation, stack=(frame, USER))) is not None


@pytest.mark.parametrize(
    ("paths", "escaped", "library"),
    [
        ([], False, True),
        ([("/x/sentry_sdk/flask.py",)], False, True),
        ([("/x/sentry_sdk/flask.py", "/x/other.py")], False, True),
        ([("/app/shop.py", "/x/sentry_sdk/flask.py")], False, False),
        ([("/x/sentry_sdk/flask.py",), ("/lib/threading.py", "/x/a.py")], False, False),
        ([()], False, True),
        ([], True, False),
    ],
)
def test_a_librarys_own_use_stays_inside_it(
    paths: list[tuple[str, ...]], escaped: bool, library: bool
) -> None:
    """Its errors are caught before they come to the user or out of their thread."""
    found = verdict(access(stack=(LIBRARY, USER)), *paths, escaped=escaped)
    assert found == Judgement(UNBOUND_ACCESS, library=library)


def test_a_librarys_guard_is_a_librarys() -> None:
    """Guards keep their rule whoever asks."""
    found = verdict(access(stack=(LIBRARY, USER), operation="__bool__"))
    assert found == Judgement(UNBOUND_GUARD, library=True)


@pytest.mark.parametrize(
    ("stack", "called"),
    [
        ((LIBRARY, USER), True),
        ((LIBRARY, LIBRARY, USER), True),
        ((OBSERVER, USER), False),
        ((USER, LIBRARY), False),
        ((LIBRARY, Frame("/lib/logging/__init__.py", 1, "error", kind="stdlib"), USER), False),
        ((LIBRARY,), False),
        ((), False),
    ],
)
def test_a_library_that_the_users_line_called(stack: tuple[Frame, ...], called: bool) -> None:
    """``db.session`` is called by the user's line, a handler of their log is not."""
    assert called_by_user(stack) is called
