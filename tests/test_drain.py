"""The drain: waits for what a request handed over, and never for longer than it may."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from watching import PATIENCE, serve, watched

from pytest_flaskctx.contexts import RequestRecord
from pytest_flaskctx.drain import BUDGET, LASTING, QUICK, Drain, site, stack_of
from pytest_flaskctx.hub import Hub
from pytest_flaskctx.recorder import Recorder
from pytest_flaskctx.stacks import RawStack, StackRenderer, walk
from pytest_flaskctx.tasks import Task
from pytest_flaskctx.workloads import Subject, Wake


class Clock:
    """A clock on which each look takes a while, and that tells how long it was watched."""

    def __init__(self, step: float = 0.01) -> None:
        self.now = 100.0
        self.step = step
        self.looks = 0

    def __call__(self) -> float:
        self.now += self.step
        self.looks += 1
        return self.now


def recorder(test: str = "test_it") -> Recorder:
    """Return a recorder that renders nothing."""
    return Recorder(Subject(test), Hub(StackRenderer(lambda file: "user")))


def here() -> RawStack:
    """Return one place that hands over, always the same."""
    return walk(sys._getframe())[:1]


def task(on: Recorder, kind: Any = "submit", raw: RawStack | None = None, **more: Any) -> Task:
    """Hand over a task that has not begun."""
    made = Task(
        kind,
        here() if raw is None else raw,
        thread="main",
        request=RequestRecord(on),
        recorder=on,
        parent=more.pop("parent", None),
        **more,
    )
    on.handed_over(made)
    return made


def drained(drain: Drain, on: Recorder, **more: Any) -> float:
    """Drain, and return for how long by the drain's own account."""
    before = drain.spent
    drain.run(on, **more)
    return drain.spent - before


def test_nothing_is_waited_for_where_nothing_was_handed_over() -> None:
    """A test without tasks does not even cost a look at the clock."""
    clock = Clock()
    Drain(5.0, clock=clock).run(recorder())
    assert clock.looks == 0


def test_the_drain_ends_with_the_last_task() -> None:
    """It returns as soon as nothing is left, long before its time is over."""
    on = recorder()
    tasks = [task(on), task(on)]

    def work() -> None:
        while on.wake is None:
            time.sleep(0)
        for each in tasks:
            each.ended()

    worker = threading.Thread(target=work)
    worker.start()
    assert drained(Drain(PATIENCE), on) < PATIENCE / 2
    worker.join(PATIENCE)
    assert on.unfinished == []
    assert on.wake is None


def test_a_test_is_waited_for_so_long_at_most() -> None:
    """What still is not over then is unfinished, with the stack it stands at."""
    on = recorder()
    left = task(on)
    spent = drained(Drain(5.0, clock=Clock(0.5)), on)
    assert 5.0 <= spent <= 7.5
    assert on.unfinished == [(left, ())]


def test_what_takes_longer_than_a_moment_is_told_of_once() -> None:
    """Not before a second is over, and with what is left of the time."""
    told: list[tuple[list[Task], float]] = []
    clock = Clock(0.05)
    on = _with_task()
    began = clock.now
    at: list[float] = []

    def tell(left: list[Task], seconds: float) -> None:
        told.append((left, seconds))
        at.append(clock.now - began)

    drained(Drain(5.0, tell=tell, clock=clock), on)
    ((left, seconds),) = told
    assert left == list(on.live.values())
    assert QUICK <= at[0] <= QUICK + 0.5
    assert 5.0 - QUICK - 0.5 <= seconds <= 5.0 - QUICK + 0.5


def test_of_quick_work_nothing_is_told() -> None:
    """A suite whose tasks take half a second each sees no line of it."""
    told: list[float] = []
    drain = Drain(0.5, tell=lambda left, seconds: told.append(seconds), clock=Clock(0.05))
    drained(drain, _with_task())
    assert told == []


def test_a_bound_for_once_replaces_the_suites() -> None:
    """``drain(timeout=...)`` waits for as long as it says; the session's budget holds all the same."""
    drain = Drain(5.0, clock=Clock(0.5))
    assert drained(drain, _with_task(), timeout=0.0) <= 2.0
    drain = Drain(5.0, clock=Clock(0.5))
    assert 9.0 <= drained(drain, _with_task(), timeout=9.0) <= 11.0
    assert not drain.exhausted
    assert drained(drain, _with_task(raw=_elsewhere()), timeout=1000.0) <= BUDGET
    assert drain.exhausted


def _with_task(**more: Any) -> Recorder:
    on = recorder()
    task(on, **more)
    return on


def _elsewhere() -> RawStack:
    return walk(sys._getframe())[:1]


def test_a_site_that_lasted_is_waited_for_shortly() -> None:
    """Once a hand-over's task outlasted the drain, its like get a tenth of a second each test."""
    drain = Drain(5.0, clock=Clock(0.05))
    assert drained(drain, _with_task()) >= 5.0
    for _ in range(3):
        on = _with_task()
        assert LASTING <= drained(drain, on) <= LASTING + 0.2
        assert len(on.unfinished) == 1


def test_another_site_is_waited_for_as_ever() -> None:
    """What is known of one place is not held against another."""
    drain = Drain(1.0, clock=Clock(0.05))
    drained(drain, _with_task())
    assert drained(drain, _with_task(raw=_elsewhere())) >= 1.0


def test_a_session_is_waited_for_so_long_at_most() -> None:
    """When the budget is spent nothing is waited for any more."""
    drain = Drain(5.0, budget=8.0, clock=Clock(0.5))
    assert drained(drain, _with_task()) >= 5.0
    assert not drain.exhausted
    assert drained(drain, _with_task(raw=_elsewhere())) <= 5.0
    assert drain.exhausted
    on = _with_task(raw=walk(sys._getframe())[:1])
    assert drained(drain, on) <= 2.0
    assert len(on.unfinished) == 1


def test_a_timer_that_is_not_due_is_not_waited_for() -> None:
    """What begins after the drain's time would be waited for in vain; what is due before is."""
    clock = Clock(0.1)
    drain = Drain(5.0, clock=clock)
    on = recorder()
    late = task(on, "timer", due=clock.now + 60)
    assert drained(drain, on) < 1.0
    assert on.unfinished == [(late, ())]
    on = recorder()
    task(on, "timer", raw=_elsewhere(), due=clock.now + 2)
    assert drained(drain, on) >= 5.0


def test_a_timer_that_starts_its_successor_is_waited_for_once() -> None:
    """Each tick that a tick hands over from the same place is periodic: it has no end."""
    on = recorder()
    first = task(on, "timer", due=0.0)
    first.ended()
    again = task(on, "timer", due=0.0, parent=task(on, "thread", raw=_elsewhere(), parent=first))
    on.live.pop(again.parent.number)  # type: ignore[union-attr]
    assert list(on.live.values()) == [again]
    assert drained(Drain(5.0, clock=Clock(0.1)), on) < 1.0


def test_a_thread_of_a_timer_is_no_tick() -> None:
    """Only timers are periodic; other work from a place that repeats is waited for."""
    on = recorder()
    task(on, "submit", parent=task(recorder(), "submit"))
    assert drained(Drain(1.0, clock=Clock(0.1)), on) >= 1.0


def test_what_is_not_the_users_is_not_waited_for() -> None:
    """A library's own workers may run for ever, and are no unfinished work."""
    on = _with_task()
    assert drained(Drain(5.0, wanted=lambda task: False, clock=Clock(0.1)), on) < 1.0
    assert on.unfinished == []


def test_what_was_called_off_is_not_waited_for() -> None:
    """A cancelled task is over, and forgotten."""
    on = recorder()
    task(on).cancelled = lambda: True
    assert drained(Drain(5.0, clock=Clock(0.1)), on) < 1.0
    assert not on.live


def test_what_was_waited_for_is_not_waited_for_again() -> None:
    """A later drain of the same test looks at what came since, and adds to what is unfinished."""
    on = recorder()
    first = task(on)
    drain = Drain(1.0, clock=Clock(0.1))
    drain.run(on)
    assert drained(drain, on, after=first.number) == 0.0
    second = task(on, raw=_elsewhere())
    assert drained(drain, on, after=first.number) >= 1.0
    assert [each for each, _ in on.unfinished] == [first, second]


@pytest.fixture
def thread() -> Iterator[Callable[..., Task]]:
    """Runs functions as tasks in threads; all are told to stop in the end."""
    stop = threading.Event()
    threads: list[threading.Thread] = []

    def start(on: Recorder, function: Callable[[threading.Event], object]) -> Task:
        made = task(on, "thread", raw=_elsewhere())
        begun = threading.Event()

        def run() -> None:
            made.ident = threading.get_ident()
            begun.set()
            function(stop)

        threads.append(threading.Thread(target=run))
        threads[-1].start()
        assert begun.wait(PATIENCE)
        return made

    yield start
    stop.set()
    for each in threads:
        each.join(PATIENCE)


def _nobodys(file: str) -> bool:
    return False


def test_a_blocked_task_is_given_up_at_once(thread: Callable[..., Task]) -> None:
    """What waits without a timeout for something of the suite's has no need of the full time."""
    on = recorder()
    made = thread(on, lambda stop: stop.wait())
    drain = Drain(PATIENCE, users=_nobodys)
    assert drained(drain, on) < PATIENCE / 2
    ((left, raw),) = on.unfinished
    assert left is made
    assert raw == stack_of(made)
    assert raw[0][0].co_name == "wait"


def test_a_site_known_to_block_takes_one_look(thread: Callable[..., Task]) -> None:
    """The next test's task of that place is given up when it is seen waiting."""
    clock = Clock(0.0)
    drain = Drain(PATIENCE, users=_nobodys, clock=clock)
    first, second = recorder(), recorder()
    thread(first, lambda stop: stop.wait())
    drain.run(first)
    made = thread(second, lambda stop: stop.wait())
    _until(lambda: stack_of(made)[0][0].co_name == "wait")
    looks = clock.looks
    drain.run(second)
    assert clock.looks - looks <= 4


def _until(condition: Callable[[], bool]) -> None:
    # A bound for a test that would hang, in seconds: a busy machine may need many turns.
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until, "it never came so far"
        time.sleep(0)


def test_a_poller_is_given_up_after_some_turns(thread: Callable[..., Task]) -> None:
    """A loop round a wait with a timeout that only teardown ends is not waited for."""

    def poll(stop: threading.Event) -> None:
        while not stop.wait(0.001):
            pass

    on = recorder()
    thread(on, poll)
    assert drained(Drain(PATIENCE, users=_nobodys), on) < PATIENCE / 2
    assert len(on.unfinished) == 1


def test_a_blocked_task_that_the_users_thread_may_release_is_waited_for(
    thread: Callable[..., Task],
) -> None:
    """Somebody of the user's still runs, so the task may yet get on."""
    on = recorder()
    thread(on, lambda stop: stop.wait())
    other = recorder()

    done: list[int] = []

    def spin(stop: threading.Event) -> None:
        while not done:
            pass

    thread(other, spin)
    drain = Drain(1.0, users=lambda file: file == __file__, clock=Clock(0.1))
    spent = drained(drain, on)
    done.append(1)
    assert spent >= 1.0


def test_a_callback_that_nobody_completes_is_given_up() -> None:
    """A future that no worker holds is completed by the suite or never."""
    on = _with_task(kind="callback")
    assert drained(Drain(PATIENCE, users=_nobodys), on) < PATIENCE / 2
    assert len(on.unfinished) == 1


def test_hurry_is_over_when_the_drain_is() -> None:
    """Sleeping tasks are let go early while the drain waits, and only then."""
    on = _with_task()
    seen: list[bool] = []

    def wanted(each: Task) -> bool:
        seen.append(on.hub.hurry.is_set())
        return True

    Drain(1.0, fast=True, wanted=wanted, clock=Clock(0.5)).run(on)
    assert seen[0]
    assert not on.hub.hurry.is_set()


def test_tasks_that_follow_each_other_at_once_are_waited_for_to_the_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A task that hands over its successor before it ends never leaves the drain without one."""
    on = recorder()

    class Relay(Wake):
        def wait(self, timeout: float) -> bool:
            for each in list(on.live.values()):
                task(on)
                each.ended()
            return True

    monkeypatch.setattr("pytest_flaskctx.drain.Wake", Relay)
    task(on)
    assert drained(Drain(0.5, clock=Clock(0.01)), on) == pytest.approx(0.5, abs=0.1)


def test_an_interrupted_drain_leaves_nothing_behind() -> None:
    """Ctrl-C while it waits clears the wake-up call and the hurry, and the time counts."""
    on = _with_task()

    def interrupted(each: Task) -> bool:
        raise KeyboardInterrupt

    drain = Drain(5.0, fast=True, wanted=interrupted, clock=Clock(1.0))
    with pytest.raises(KeyboardInterrupt):
        drain.run(on)
    assert on.wake is None
    assert not on.hub.hurry.is_set()
    assert drain.spent >= 1.0


def test_a_site_is_told_by_its_innermost_frames() -> None:
    """Two hand-overs of one line are one site, those of two lines are two."""
    on = recorder()
    sites = [site(task(on)) for _ in range(2)] + [site(task(on, raw=_elsewhere()))]
    assert [first == second for first, second in pairwise(sites)] == [True, False]


def test_a_real_request_is_waited_for() -> None:
    """End to end: a leak that comes after the response is found."""
    go = threading.Event()
    seen: list[str] = []

    def work() -> None:
        go.wait(PATIENCE)
        seen.append("done")

    with watched() as watch:
        serve(lambda: threading.Thread(target=work).start())
        go.set()
        watch.drain()
        assert seen == ["done"]
        assert not watch.recorder.unfinished
