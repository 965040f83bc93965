"""FCX208: what an access by a task that ran at once means."""

from __future__ import annotations

import linecache
from typing import Any

import pytest

from pytest_flaskctx.facts import Access, ContextFact, FileKind, Frame, Origin, RequestFact
from pytest_flaskctx.rules.eager import EAGER_TASK_ACCESS
from pytest_flaskctx.rules.judging import NOTHING_RAISED, Judgement, judge, message

REQUEST = RequestFact("POST", "/signup", "signup")
SOURCE = """\
def plain():
    return request.path

def asks():
    return request.path if flask.has_request_context() else ""

def asks_too_late():
    path = request.path
    return path if has_request_context() else ""

def asks_for_an_app():
    return request.path if has_app_context() else ""

def calls():
    if self.request.is_eager:
        return plain()

def calls_asked():
    if has_request_context():
        return plain()

def expects():
    try:
        return request.path
    except RuntimeError:
        return ""

def tests():
    return request.path if request else ""
"""
LINES = {"plain": 2, "asks": 5, "asks_too_late": 8, "asks_for_an_app": 12, "expects": 24}
LINES["tests"] = 29
CALLS = {"calls": 16, "calls_asked": 20}
VIEW = Frame("<tasks>", 2, "view")
FLASK = Frame("/x/flask/app.py", 2, "Flask.wsgi_app", kind="flask")
QUEUE = Frame("/x/celery/app/task.py", 5, "Task.delay", kind="library")
ORIGIN = Origin("eager", (QUEUE, VIEW), "main", REQUEST, "test_it", inline=True)
CALLERS = ContextFact(
    REQUEST, "main", own=True, over=False, same_request=True, owner_waits=False, outside=True
)


@pytest.fixture(autouse=True)
def source() -> None:
    """Let the tasks be read."""
    linecache.cache["<tasks>"] = (1, None, SOURCE.splitlines(keepends=True), "<tasks>")


def frame(function: str) -> Frame:
    """Return where a function of the source uses the request, or calls who does."""
    line = {**LINES, **CALLS}[function]
    column = SOURCE.splitlines()[line - 1].find("request.path")
    if column < 0:
        return Frame("<tasks>", line, function, end_line=line)
    return Frame("<tasks>", line, function, line, column, column + len("request.path"))


def access(*functions: str, **changes: Any) -> Access:
    """Return a use of ``request`` in these functions of a task, the innermost first."""
    plain = Access(
        proxy="request",
        operation="__getattr__",
        extension=False,
        stack=(*map(frame, functions or ("plain",)), QUEUE, VIEW, FLASK),
        thread="main",
        process=1,
        origin=ORIGIN,
        started=None,
        context=CALLERS,
        test="test_it",
        test_thread=True,
    )
    return plain._replace(**changes)


def classify(_file: str) -> FileKind:
    """Take everything for the user's."""
    return "user"


def verdict(found: Access) -> Judgement | None:
    """Return what the access means."""
    return judge(found, NOTHING_RAISED, classify)


def test_a_use_of_the_callers_context_is_one() -> None:
    """Whoever's thread it is, and whichever thread pushed it."""
    assert verdict(access()) == Judgement(EAGER_TASK_ACCESS)
    assert verdict(access(context=CALLERS._replace(own=False))) == Judgement(EAGER_TASK_ACCESS)
    assert verdict(access(origin=ORIGIN._replace(kind="submit"))) == Judgement(EAGER_TASK_ACCESS)
    assert verdict(access(stack=(QUEUE, VIEW))) is not None
    assert verdict(access(stack=())) == Judgement(EAGER_TASK_ACCESS)


def test_other_uses_are_for_other_rules() -> None:
    """A context of the task's own, a dead one, a callback, no task at all."""
    assert verdict(access(context=CALLERS._replace(outside=False))) is None
    dead = verdict(access(context=CALLERS._replace(over=True)))
    assert dead is not None
    assert dead.rule.code == "FCX201"
    luck = verdict(access(origin=ORIGIN._replace(kind="callback")))
    assert luck is not None
    assert luck.rule.code == "FCX101"
    assert verdict(access(origin=None)) is None


@pytest.mark.parametrize(
    ("functions", "proxy", "right"),
    [
        (("plain",), "request", False),
        (("asks",), "request", True),
        (("asks_too_late",), "request", False),
        (("asks_for_an_app",), "request", False),
        (("asks_for_an_app",), "g", True),
        (("plain", "calls"), "request", False),
        (("plain", "calls"), "g", False),
        (("plain", "calls"), "current_app", True),
        (("plain", "calls_asked"), "session", True),
        (("expects",), "request", True),
        (("tests",), "request", True),
    ],
)
def test_who_asks_first_is_right(functions: tuple[str, ...], proxy: str, right: bool) -> None:
    """Anywhere in the task, by the name of what is needed, before the use."""
    assert (verdict(access(*functions, proxy=proxy)) is None) is right


def test_who_handed_over_asked_for_itself() -> None:
    """The view's question is not the task's."""
    view = frame("calls_asked")
    handed = ORIGIN._replace(stack=(QUEUE, view))
    stack = (frame("plain"), QUEUE, view)
    assert verdict(access(origin=handed, stack=stack)) == Judgement(EAGER_TASK_ACCESS)
    nowhere = ORIGIN._replace(stack=())
    assert verdict(access(origin=nowhere, stack=stack)) is None


@pytest.mark.parametrize(
    ("proxy", "right"), [("g", True), ("current_app", True), ("request", False)]
)
def test_a_test_may_stand_for_the_worker(proxy: str, right: bool) -> None:
    """What it pushes itself around a task is a worker's application context, but no request."""
    alone = (frame("plain"), QUEUE, VIEW)
    assert (verdict(access(proxy=proxy, stack=alone)) is None) is right
    by_another = CALLERS._replace(own=False)
    assert verdict(access(proxy=proxy, stack=alone, context=by_another)) is not None


def test_a_truth_test_reads_nothing() -> None:
    """``if request:`` is answered, whatever the task then does."""
    assert verdict(access(operation="__bool__")) is None


@pytest.mark.parametrize(
    ("proxy", "kind", "level"),
    [
        ("current_app", "eager", "warn"),
        ("app_ctx", "eager", "warn"),
        ("current_app", "submit", None),
        ("g", "eager", None),
        ("session", "eager", None),
    ],
)
def test_a_worker_may_have_an_application(proxy: str, kind: Any, level: str | None) -> None:
    """A pool's thread has none, and neither has a request's `g`."""
    found = verdict(access(proxy=proxy, origin=ORIGIN._replace(kind=kind)))
    assert found == Judgement(EAGER_TASK_ACCESS, False, level)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("proxy", "kind", "told"),
    [
        ("request", "eager", "a worker has no request"),
        ("session", "submit", "a pool's thread has no request"),
        ("g", "eager", "a worker has no application context but its own"),
        ("current_app", "submit", "a pool's thread has no application context but its own"),
    ],
)
def test_message(proxy: str, kind: Any, told: str) -> None:
    """It says what is lacking where the task runs in production."""
    found = access(proxy=proxy, origin=ORIGIN._replace(kind=kind))
    assert message(EAGER_TASK_ACCESS, found) == (
        f"`{proxy}` used in a task that ran at once, in the thread that handed it over; {told}"
    )
