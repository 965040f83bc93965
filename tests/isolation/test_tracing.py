"""Switch points by tracing: as on Python 3.11, and beside whoever traced before."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from types import CodeType, FrameType, ModuleType
from typing import Any

import pytest
from stepping import PATIENCE, stepped
from watching import run_thread

from pytest_flaskctx.isolation import tracing as tracing_of
from pytest_flaskctx.isolation.instructions import sharing
from pytest_flaskctx.isolation.policies import Scheduled
from pytest_flaskctx.isolation.roles import Role, roles
from pytest_flaskctx.isolation.schedules import schedule
from pytest_flaskctx.isolation.tracing import Tracing
from pytest_flaskctx.isolation.turns import Turns

Make = Callable[..., ModuleType]
SHOP = """\
from flask import g, request

count = 0

def view():
    global count
    count += 1; count += 2
    return count

def numbers():
    yield 1

def reads():
    size = 1
    size += len(list(numbers()))
    return request, size

def plain():
    return 1
"""


@pytest.fixture
def shop(module: Make) -> ModuleType:
    """Some code to trace."""
    return module(SHOP)


@pytest.fixture
def untraced() -> Iterator[None]:
    """A coverage tool that traces this run is out of the way, and is back afterwards."""
    before, hook = sys.gettrace(), threading.gettrace()
    sys.settrace(None)
    threading.settrace(None)  # type: ignore[arg-type]
    yield
    threading.settrace(hook)  # type: ignore[arg-type]
    sys.settrace(before)


def users(*mine: ModuleType) -> Callable[[CodeType], bool]:
    """Return what says that the code of some modules is the user's."""
    return lambda code: code.co_filename in [each.__file__ for each in mine]


def nobodys(code: CodeType) -> bool:
    """Say that code is not."""
    return False


def told(turns: Turns) -> list[tuple[int, str]]:
    """Return lines and kinds of steps."""
    return [(point.line, point.kind) for point in turns.points]


def traced(tracing: Tracing, *bodies: Callable[[], Any]) -> list[tuple[int, str]]:
    """Return lines and kinds of the steps of participants."""
    with tracing.installed():
        turns, _ = stepped(Scheduled(()), *bodies)
    return told(turns)


VIEW = [(7, "line"), (8, "line"), (8, "return")]


@pytest.mark.usefixtures("untraced")
def test_lines_and_returns_of_the_users_code_are_switch_points(shop: ModuleType) -> None:
    """A generator's yields and returns are none, its lines are."""
    tracing = Tracing(users(shop), nobodys)
    assert traced(tracing, shop.view) == VIEW
    assert [each for each in traced(tracing, shop.reads) if each[0] != 11] == [
        (14, "line"),
        (15, "line"),
        (16, "line"),
        (16, "return"),
    ]


@pytest.mark.usefixtures("untraced")
def test_a_participant_stands_at_the_point(shop: ModuleType) -> None:
    """Its code goes on when it is its turn again."""
    with Tracing(users(shop), nobodys).installed():
        turns, _ = stepped(Scheduled(schedule((0, 2), (1, None))), shop.view, shop.view)
    assert [point.who for point in turns.points] == [0, 0, 1, 1, 1, 0]
    assert shop.count == 6


@pytest.mark.usefixtures("untraced")
def test_others_are_not_traced(shop: ModuleType) -> None:
    """Neither other people's code nor threads that are no participants."""
    assert traced(Tracing(nobodys, nobodys), shop.view) == []
    seen: list[int] = []
    with Tracing(users(shop), nobodys).installed():
        run_thread(lambda: seen.append(shop.view()))
    assert seen == [6]


@pytest.mark.usefixtures("untraced")
def test_uses_of_proxies_by_an_extension_are_switch_points(shop: ModuleType) -> None:
    """Those lines of it and no others, nor its instructions."""
    tracing = Tracing(nobodys, users(shop))
    tracing.fine = True
    assert traced(tracing, shop.reads, shop.plain) == [(16, "proxy")]


@pytest.mark.skipif(
    sys.version_info >= (3, 12), reason="a call's instructions are traced from the next call on"
)
@pytest.mark.usefixtures("untraced")
def test_instructions_within_a_line_are_switch_points_where_that_is_asked_for(
    shop: ModuleType,
) -> None:
    """The first one of a line is the line."""
    tracing = Tracing(users(shop), nobodys)
    tracing.fine = True
    found = traced(tracing, shop.view)
    assert [each for each in found if each[1] != "inside"] == VIEW
    assert found.count((7, "inside")) == 3
    tracing.fine = False
    assert traced(tracing, shop.view) == VIEW


@pytest.mark.usefixtures("untraced")
def test_threads_that_start_later_are_traced_as_before(shop: ModuleType) -> None:
    """And those that are still there tell nothing more."""

    def hook(frame: FrameType, event: str, argument: Any) -> None:
        return None

    threading.settrace(hook)
    tracing = Tracing(users(shop), nobodys)
    started, over, done = threading.Event(), threading.Event(), threading.Event()
    turns = Turns(Scheduled(()), 1, 100)

    def stays() -> None:
        started.set()
        over.wait(PATIENCE)
        roles.role = Role(turns, turns.participants[0])
        shop.view()
        done.set()

    with tracing.installed():
        assert threading.gettrace() is not hook
        thread = threading.Thread(target=stays)
        thread.start()
        assert started.wait(PATIENCE)
    assert threading.gettrace() is hook
    over.set()
    assert done.wait(PATIENCE)
    thread.join(PATIENCE)
    assert turns.points == []


class Recorder:
    """A tracer of another tool, which puts itself in place at each call, as coverage's does.

    Args:
        steady: whether it goes on tracing a call.
        greedy: whether it does so at everything that it is told of.
    """

    def __init__(self, *, steady: bool = True, greedy: bool = False) -> None:
        self.steady = steady
        self.greedy = greedy
        self.events: list[tuple[str, int]] = []
        self.set = self.trace

    def trace(self, frame: FrameType, event: str, argument: Any) -> Any:
        """Note what comes."""
        if event == "call" or self.greedy:
            tracing_of.sys.settrace(self.set)
        if frame.f_code.co_name in ("view", "plain"):
            self.events.append((event, frame.f_lineno))
        return self.set if self.steady else None


@pytest.mark.usefixtures("untraced")
@pytest.mark.parametrize("fine", [False, True])
def test_whoever_traced_before_hears_of_everything(shop: ModuleType, fine: bool) -> None:
    """Of the user's code and of others', and nothing of instructions, which only we asked for."""
    recorder = Recorder()
    threading.settrace(recorder.set)
    tracing = Tracing(users(shop), nobodys)
    tracing.fine = fine
    found = traced(tracing, shop.view)
    assert [each for each in found if each[1] != "inside"] == VIEW
    assert recorder.events == [
        ("call", 5),
        ("line", 7),
        ("line", 8),
        ("return", 8),
    ]
    recorder.events.clear()
    assert traced(Tracing(nobodys, nobodys), shop.plain) == []
    assert recorder.events == [("call", 18), ("line", 19), ("return", 19)]


@pytest.mark.usefixtures("untraced")
def test_whoever_traced_before_may_lose_interest(shop: ModuleType) -> None:
    """It hears of calls only then."""
    recorder = Recorder(steady=False)
    threading.settrace(recorder.set)
    assert traced(Tracing(users(shop), nobodys), shop.view) == VIEW
    assert recorder.events == [("call", 5)]


class Threads:
    """What the interpreter calls in place of what it really calls, which cannot be traced itself."""

    def __init__(self) -> None:
        self.trace: Any = None

    def settrace(self, trace: Any) -> None:
        """Call something."""
        self.trace = trace

    def gettrace(self) -> Any:
        """Return what is called."""
        return self.trace


class Place:
    """A frame at a line."""

    def __init__(self, function: Any, line: int = 0, last: int = 0) -> None:
        self.f_code: CodeType = function.__code__
        self.f_globals: dict[str, Any] = function.__globals__
        self.f_lineno = line or self.f_code.co_firstlineno
        self.f_lasti = last
        self.f_trace_opcodes = False


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> Threads:
    """What is called in the thread at hand."""
    made = Threads()
    monkeypatch.setattr(tracing_of, "sys", made)
    return made


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> Threads:
    """What is called in threads that start later."""
    made = Threads()
    monkeypatch.setattr(tracing_of, "threading", made)
    return made


def test_a_thread_is_traced_from_its_first_call_on(
    shop: ModuleType, here: Threads, later: Threads
) -> None:
    """Whoever asked to trace it before makes a tracer then."""
    recorder = Recorder()
    frame: Any = Place(shop.view)
    for hook, inner in ((None, None), (recorder.set, recorder.set)):
        tracing = Tracing(users(shop), nobodys)
        later.trace, here.trace = hook, None
        with tracing.installed():
            assert later.trace(frame, "call", None) == inner
            assert here.trace == tracing.trace
        assert later.trace is hook
        # It still traces where it did, and tells the others only.
        assert tracing.trace(frame, "call", None) == inner
    assert recorder.events == [("call", 5)] * 2


@pytest.mark.parametrize("others", [False, True])
def test_events_are_told_as_they_come(
    shop: ModuleType, here: Threads, later: Threads, others: bool
) -> None:
    """Each to whom it matters, in the order in which they trace."""
    recorder = Recorder(greedy=True)
    view, reads = shop.view.__code__, shop.reads.__code__
    tracing = Tracing(lambda code: code is view, lambda code: code is reads)
    tracing.fine = True
    within = min(sharing(view))
    frame, use, plain = Place(shop.view, 7, within), Place(shop.reads, 16), Place(shop.plain)
    generator = Place(shop.numbers, 11)

    def body() -> None:
        later.trace = recorder.set if others else None
        with tracing.installed():
            later.trace(plain, "call", None)
            ours: Any = tracing.trace(frame, "call", None)  # type: ignore[arg-type]
            theirs: Any = tracing.trace(use, "call", None)  # type: ignore[arg-type]
            for _ in range(2):
                rest = tracing.trace(plain, "call", None)  # type: ignore[arg-type]
                assert rest == (recorder.set if others else None)
            for event in ("line", "return", "opcode", "exception"):
                assert ours(frame, event, None) is ours
                assert theirs(use, event, None) is theirs
            frame.f_lasti = 0
            ours(frame, "opcode", None)
            use.f_lineno = 14
            theirs(use, "line", None)
            ours(generator, "return", None)
            tracing.fine = False
            frame.f_lasti = within
            ours(frame, "opcode", None)
            ours(frame, "exception", None)
            assert here.trace == tracing.trace
        # A call that began before is still told of, and nobody is stopped there.
        ours(frame, "line", None)

    turns, (outcome,) = stepped(Scheduled(()), body)
    assert outcome.error is None
    assert told(turns) == [(7, "line"), (16, "proxy"), (7, "return"), (7, "inside")]
    assert (frame.f_trace_opcodes, use.f_trace_opcodes) == (True, False)
    heard = ["call", "call", "call", "call", "line", "return", "exception", "exception", "line"]
    assert [event for event, _ in recorder.events] == (heard if others else [])


def test_a_tracer_that_loses_interest_is_left_alone(
    shop: ModuleType, here: Threads, later: Threads
) -> None:
    """It is not called with what it did not ask for."""
    recorder = Recorder(steady=False)
    later.trace = recorder.set
    tracing = Tracing(users(shop), nobodys)
    frame: Any = Place(shop.view)
    with tracing.installed():
        later.trace(frame, "call", None)
        local = tracing.trace(frame, "call", None)
        local(frame, "line", None)
    assert recorder.events == [("call", 5), ("call", 5)]
