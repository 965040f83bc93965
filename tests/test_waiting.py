"""Looking at threads from outside: who can get on, and who only waits."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from types import FrameType, SimpleNamespace
from typing import Any, cast

import pytest
from watching import PATIENCE

from pytest_flaskctx.hub import Hub
from pytest_flaskctx.recorder import Recorder
from pytest_flaskctx.stacks import StackRenderer
from pytest_flaskctx.tasks import RequestRecord, Task
from pytest_flaskctx.waiting import Watch, standing
from pytest_flaskctx.workloads import Subject

ME = threading.get_ident()


def frame(name: str, file: str = "/lib/threading.py", **local: Any) -> FrameType:
    """Return the stand-in of a frame that stands in ``name`` of ``file``."""
    code = compile("x = 1", file, "exec").replace(co_name=name)
    return cast("FrameType", SimpleNamespace(f_code=code, f_locals=local, f_lasti=0, f_back=None))


@pytest.mark.parametrize(
    ("stand", "expected"),
    [
        (None, "free"),
        (frame("wait", timeout=None), "blocked"),
        (frame("wait"), "blocked"),
        (frame("_wait_for_tstate_lock", timeout=-1), "blocked"),
        (frame("join", timeout=3), "timed"),
        (frame("wait", "C:\\lib\\threading.py", timeout=0.1), "timed"),
        (frame("notify"), "free"),
        (frame("wait", "/app/waiting.py"), "free"),
    ],
)
def test_how_a_thread_stands(stand: FrameType | None, expected: str) -> None:
    """Only the waits of ``threading`` show in a frame whether they end by themselves."""
    assert standing(stand) == expected


def test_who_starts_a_thread_gets_on() -> None:
    """The thread begins by itself, whatever is looked at before it has."""
    begun = BegunLate()
    thread = threading.Thread(target=int, daemon=True)
    thread._started = begun  # type: ignore[attr-defined]
    starter = threading.Thread(target=thread.start, daemon=True)
    starter.start()
    assert begun.asked.wait(PATIENCE)
    assert starter.ident
    while (stand := sys._current_frames()[starter.ident]).f_code.co_name != "wait":
        pass
    assert standing(stand) == "free"
    begun.release()
    starter.join(PATIENCE)
    assert not starter.is_alive()


class BegunLate(threading.Event):
    """Set by a thread that has begun, and not before that is allowed."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = threading.Event()
        self._allowed = threading.Event()

    def wait(self, timeout: float | None = None) -> bool:
        """Tell that it is waited for."""
        self.asked.set()
        return super().wait(timeout)

    def set(self) -> None:
        """Wait until it is allowed."""
        assert self._allowed.wait(PATIENCE)
        super().set()

    def release(self) -> None:
        """Allow it."""
        self._allowed.set()


def tasks(*idents: int, kind: Any = "thread") -> list[Task]:
    """Return tasks that run in threads of these numbers; 0 for one that has not begun."""
    on = Recorder(Subject(), Hub(StackRenderer(lambda file: "user")))
    made = []
    for ident in idents:
        task = Task(kind, (), thread="", request=RequestRecord(on), recorder=on, parent=None)
        task.ident = ident
        made.append(task)
    return made


class Threads:
    """What a watch is told of all threads, look after look."""

    def __init__(self, *looks: Mapping[int, FrameType]) -> None:
        self._looks: Iterator[Mapping[int, FrameType]] = iter(looks)

    def __call__(self) -> Mapping[int, FrameType]:
        return next(self._looks)


def watch(*looks: Mapping[int, FrameType]) -> Watch:
    """Return a watch that sees these threads."""
    return Watch(lambda file: file.startswith("/app"), Threads(*looks))


def test_a_blocked_task_takes_two_looks() -> None:
    """The first may have caught it on its way; the second sees it at the same place."""
    stand = {7: frame("wait", timeout=None)}
    seen, left = watch(stand, stand), tasks(7)
    assert [seen.stuck(left, known=False) for _ in range(2)] == [False, True]


def test_a_task_that_moved_may_move_on() -> None:
    """Two waits at two places are progress."""
    seen, left = watch({7: frame("wait")}, {7: frame("join")}), tasks(7)
    assert [seen.stuck(left, known=False) for _ in range(2)] == [False, False]


def test_a_known_site_takes_one_look() -> None:
    """What was found stuck in an earlier test is believed at once."""
    assert watch({7: frame("wait")}).stuck(tasks(7), known=True)
    assert watch({7: frame("wait", timeout=9)}).stuck(tasks(7), known=True)
    assert not watch({7: frame("run", "/app/a.py")}).stuck(tasks(7), known=True)


def test_one_free_task_frees_all() -> None:
    """As long as one gets on, it may release the others."""
    stand = {7: frame("wait"), 8: frame("run", "/app/a.py")}
    seen, left = watch(stand, stand, stand), tasks(7, 8)
    assert not any(seen.stuck(left, known=False) for _ in range(3))


def test_a_thread_of_the_users_frees_all() -> None:
    """One that is nobody's task and stands in the user's code may release them."""
    stand = {7: frame("wait"), 9: frame("serve", "/app/a.py")}
    seen, left = watch(stand, stand), tasks(7)
    assert not any(seen.stuck(left, known=False) for _ in range(2))


def test_the_thread_that_looks_does_not_count() -> None:
    """It waits for the tasks itself; nor do threads that stand in a library."""
    stand = {7: frame("wait"), ME: frame("drain", "/app/a.py"), 9: frame("accept", "/lib/s.py")}
    seen, left = watch(stand, stand), tasks(7)
    assert [seen.stuck(left, known=False) for _ in range(2)] == [False, True]


def test_what_has_not_begun_waits_for_what_has() -> None:
    """Queued behind a blocked task nothing begins; with nothing begun, something will."""
    stand = {7: frame("wait")}
    seen, left = watch(stand, stand), tasks(7, 0)
    assert [seen.stuck(left, known=False) for _ in range(2)] == [False, True]
    seen, left = watch({}, {}), tasks(0)
    assert not any(seen.stuck(left, known=False) for _ in range(2))
    seen, left = watch({}, {}), tasks(0, kind="callback")
    assert [seen.stuck(left, known=False) for _ in range(2)] == [True, True]


def test_a_thread_that_is_gone_is_free() -> None:
    """A task whose thread has no frame any more is about to be over."""
    seen, left = watch({}, {}), tasks(7)
    assert not any(seen.stuck(left, known=False) for _ in range(2))


def test_a_loop_round_a_timed_wait_is_stuck_after_five_turns() -> None:
    """Each new waiter is one turn; the same waiter seen again is none."""
    turns = [object() for _ in range(6)]
    looks = [{7: frame("wait", timeout=0.1, waiter=each)} for each in turns for _ in range(2)]
    seen, left = watch(*looks), tasks(7)
    answers = [seen.stuck(left, known=False) for _ in looks]
    assert answers == [False] * 10 + [True] * 2


def test_a_timed_wait_elsewhere_begins_anew() -> None:
    """Turns are counted at one place; a task that left its wait in between is at none."""
    outer = [frame(name, "/app/a.py") for name in ("one", "two")]
    looks: list[dict[int, FrameType]] = []
    for number in range(12):
        stand = frame("wait", timeout=0.1, waiter=object())
        stand.f_back = outer[number % 2]  # type: ignore[misc]
        looks.append({7: stand})
    seen, left = watch(*looks), tasks(7)
    assert not any(seen.stuck(left, known=False) for _ in looks)
    free = {7: frame("run", "/app/a.py")}
    wait = [{7: frame("wait", timeout=0.1, waiter=object())} for _ in range(5)]
    seen = watch(*wait, free, *wait)
    assert not any(seen.stuck(left, known=False) for _ in range(11))


@pytest.mark.parametrize(
    ("block", "expected"),
    [
        (lambda event: event.wait(), "blocked"),
        (lambda event: event.wait(PATIENCE), "timed"),
    ],
)
def test_real_waits_are_recognised(
    block: Callable[[threading.Event], object], expected: str
) -> None:
    """What this Python's ``threading`` looks like inside is what is looked for."""
    event = threading.Event()
    thread = threading.Thread(target=block, args=(event,))
    thread.start()
    try:
        _until(lambda: standing(sys._current_frames().get(thread.ident or 0)) == expected)
    finally:
        event.set()
        thread.join(PATIENCE)


def test_a_real_join_is_recognised() -> None:
    """A thread that joins another without a timeout is blocked, whatever ``join`` is made of."""
    event = threading.Event()
    inner = threading.Thread(target=event.wait, args=(PATIENCE,))
    outer = threading.Thread(target=inner.join)
    inner.start()
    outer.start()
    try:
        _until(lambda: standing(sys._current_frames().get(outer.ident or 0)) == "blocked")
    finally:
        event.set()
        outer.join(PATIENCE)


def _until(condition: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(5_000):
        if condition():
            return
        pause.wait(0.001)
    pytest.fail("it never came so far")
