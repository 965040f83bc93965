"""FCX101 and FCX102: what an access means."""

from __future__ import annotations

import linecache
from typing import Any

import pytest

from pytest_flaskctx.facts import Access, ContextFact, FileKind, Frame, Origin, RequestFact
from pytest_flaskctx.rules.judging import Aftermath, Judgement, judge, message
from pytest_flaskctx.rules.unbound import UNBOUND_ACCESS, UNBOUND_GUARD

REQUEST = RequestFact("GET", "/", "index")
USER = Frame("/app/shop.py", 3, "work")
ORIGIN = Origin("submit", (USER,), "main", REQUEST, "test_it")
INLINE = ORIGIN._replace(kind="callback", inline=True)
OWN = ContextFact(REQUEST, "main", own=True, over=False, same_request=True, owner_waits=False)


def access(**changes: Any) -> Access:
    """Return a plain use of ``request`` in a worker."""
    plain = Access(
        proxy="request",
        operation="__getattr__",
        extension=False,
        stack=(USER,),
        thread="worker",
        process=1,
        origin=ORIGIN,
        started=None,
        context=None,
        test="test_it",
        test_thread=False,
    )
    return plain._replace(**changes)


def classify(file: str) -> FileKind:
    """Tell by the folder."""
    return "user" if file.startswith("/app") else "library"


def verdict(found: Access, *paths: tuple[str, ...], escaped: bool = False) -> Judgement | None:
    """Return what the access means after its errors took these ways."""
    return judge(found, Aftermath(frozenset(paths), escaped), classify)


def test_a_plain_use_is_an_access() -> None:
    """A proxy used in a thread without a context, swallowed or not."""
    assert verdict(access()) == Judgement(UNBOUND_ACCESS)
    assert verdict(access(origin=None)) == Judgement(UNBOUND_ACCESS)


def test_a_bound_context_is_not_for_this_rule() -> None:
    """What is bound is judged elsewhere; a callback that found it by luck is judged here."""
    assert verdict(access(context=OWN)) is None
    assert verdict(access(context=OWN, origin=INLINE)) == Judgement(UNBOUND_ACCESS)
    for change in (
        {"origin": INLINE._replace(inline=False)},
        {"origin": INLINE._replace(kind="submit")},
        {"origin": None},
        {"operation": "__repr__"},
    ):
        assert verdict(access(**({"context": OWN, "origin": INLINE} | change))) is None


@pytest.mark.parametrize(
    "operation", ["__repr__", "__class__", "__dir__", "__doc__", "__wrapped__"]
)
def test_what_debuggers_look_at_is_nothing(operation: str) -> None:
    """A program decides nothing by it."""
    assert verdict(access(operation=operation)) is None


def test_the_thread_of_the_tests_is_at_its_own_risk() -> None:
    """A use in the test function itself is no leak."""
    assert verdict(access(test_thread=True)) is None


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


@pytest.mark.parametrize("luck", [False, True])
def test_a_truth_test_is_a_guard(luck: bool) -> None:
    """``if request:`` decides a branch, also where it found a request by luck."""
    found = {"context": OWN, "origin": INLINE} if luck else {}
    assert verdict(access(operation="__bool__", **found)) == Judgement(UNBOUND_GUARD)


@pytest.fixture
def guarded() -> Frame:
    """A frame inside a ``try`` whose handler names RuntimeError."""
    lines = ["try:\n", "    request.path\n", "except RuntimeError:\n", "    pass\n"]
    linecache.cache["<guarded>"] = (1, None, lines, "<guarded>")
    return Frame("<guarded>", 2, "<module>", end_line=2, column=4, end_column=16)


def test_an_expected_error_is_a_guard(guarded: Frame) -> None:
    """Whoever names RuntimeError just there expects it."""
    assert verdict(access(stack=(guarded,))) == Judgement(UNBOUND_GUARD)


def test_a_use_of_an_extension_is_an_access_where_a_request_asks() -> None:
    """``current_user`` is silently None in a request's worker; its guards are guards."""
    assert verdict(access(extension=True)) == Judgement(UNBOUND_ACCESS)
    assert verdict(access(extension=True, operation="__eq__")) == Judgement(UNBOUND_ACCESS)
    assert verdict(access(extension=True, operation="__bool__")) == Judgement(UNBOUND_GUARD)


def test_without_a_request_an_extensions_use_may_be_right() -> None:
    """A scheduler's job may ask and go on; comparing or asking with a default is a guard."""
    for origin in (None, ORIGIN._replace(request=None)):
        assert verdict(access(extension=True, origin=origin)) is None
        compared = access(extension=True, origin=origin, operation="__ne__")
        assert verdict(compared) == Judgement(UNBOUND_GUARD)


def test_asking_an_extension_with_a_default_is_a_guard() -> None:
    """``getattr(current_user, "id", None)`` has an answer for when there is none."""
    line = "getattr(current_user, 'id', None)\n"
    linecache.cache["<asking>"] = (1, None, [line], "<asking>")
    frame = Frame("<asking>", 1, "f", end_line=1, column=0, end_column=len(line) - 1)
    found = access(extension=True, origin=None, stack=(frame,))
    assert verdict(found) == Judgement(UNBOUND_GUARD)


LIBRARY = Frame("/x/sentry_sdk/flask.py", 1, "_add_user", kind="library")


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


ALCHEMY = Frame("/x/flask_sqlalchemy/session.py", 1, "_app_ctx_id", kind="library")
LOGGING = Frame("/lib/logging/__init__.py", 1, "error", kind="stdlib")


@pytest.mark.parametrize(
    ("stack", "library"),
    [
        ((ALCHEMY, USER), False),
        ((ALCHEMY, LOGGING, USER), True),
        ((LIBRARY, USER), True),
    ],
)
def test_a_library_in_a_lucky_callback(stack: tuple[Frame, ...], library: bool) -> None:
    """What the user's line asks a library for is the user's; what hangs on it is the library's."""
    found = access(context=OWN, origin=INLINE, stack=stack)
    assert verdict(found) == Judgement(UNBOUND_ACCESS, library=library)


def test_a_lucky_callback_of_a_library_alone_is_a_librarys() -> None:
    """Where no line of the user's stands on the stack, it is not theirs."""
    found = access(context=OWN, origin=INLINE, stack=(LIBRARY,))
    assert verdict(found) == Judgement(UNBOUND_ACCESS, library=True)


def test_a_librarys_guard_is_a_librarys() -> None:
    """Guards keep their rule whoever asks."""
    found = verdict(access(stack=(LIBRARY, USER), operation="__bool__"))
    assert found == Judgement(UNBOUND_GUARD, library=True)


def test_a_guard_without_any_frame_is_none() -> None:
    """Where no frame is known, nobody can be said to expect the error."""
    assert verdict(access(stack=())) == Judgement(UNBOUND_ACCESS)


RAISED = Aftermath(frozenset({("/app/shop.py",)}))


@pytest.mark.parametrize(
    ("changes", "rule", "aftermath", "text"),
    [
        ({}, UNBOUND_ACCESS, RAISED, "`request` used in a thread that has no request context"),
        (
            {"proxy": "g"},
            UNBOUND_ACCESS,
            RAISED,
            "`g` used in a thread that has no application context",
        ),
        (
            {"proxy": "current_user", "extension": True},
            UNBOUND_ACCESS,
            Aftermath(),
            (
                "`current_user` used in a thread that has no request context, and answers nothing "
                "instead of failing"
            ),
        ),
        (
            {},
            UNBOUND_GUARD,
            Aftermath(),
            "`request` decides a branch in a thread that has no request context",
        ),
        (
            {"proxy": "url_for"},
            UNBOUND_ACCESS,
            RAISED,
            (
                "`url_for()` called in a thread without a context; it needs a request or a "
                "`SERVER_NAME`"
            ),
        ),
        (
            {"proxy": "after_this_request"},
            UNBOUND_ACCESS,
            RAISED,
            (
                "`after_this_request()` called in a thread without a context; it needs a request "
                "context"
            ),
        ),
        (
            {"context": OWN, "origin": INLINE},
            UNBOUND_ACCESS,
            Aftermath(),
            (
                "`request` used in a done-callback, which ran in the request's own thread only "
                "because the future was done already"
            ),
        ),
    ],
)
def test_what_is_wrong_is_one_sentence(
    changes: dict[str, Any], rule: Any, aftermath: Aftermath, text: str
) -> None:
    """Each case has its own words."""
    assert message(rule, access(**changes), aftermath) == text
