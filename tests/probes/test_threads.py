"""Threads: each knows where it was started, and for which request."""

from __future__ import annotations

import threading

import pytest
from flask import request
from hostile import MAKERS, Hostile, refuse
from watching import PATIENCE, run_thread, serve, watched

from pytest_flaskctx.probes import Switchboard
from pytest_flaskctx.probes.threads import Threads, _handed
from pytest_flaskctx.tasks import MAX_CHAIN, Task
from pytest_flaskctx.threadstate import here


def swallow() -> None:
    """Use the request where there is none, and say nothing of it."""
    try:
        str(request.path)
    except Exception:
        pass


class Mailer(threading.Thread):
    """A thread with its own way to run, and none of what ``Thread`` would keep."""

    def run(self) -> None:
        """Leak."""
        swallow()


@pytest.mark.parametrize("daemon", [True, False])
def test_a_subclass_with_its_own_run_is_a_task(daemon: bool) -> None:
    """A thread that overrides ``run`` knows the view that started it, daemon or not."""

    def view() -> str:
        mailer = Mailer(daemon=daemon, name="mailer")
        mailer.start()
        mailer.join(PATIENCE)
        return "sent"

    with watched() as watch:
        assert serve(view) == "sent"
    (access,) = watch.accesses
    assert access.thread == "mailer"
    assert access.origin is not None
    assert access.origin.kind == "thread"
    assert access.origin.stack[0].function.endswith("view")
    assert access.origin.request is not None
    assert access.origin.request.rule == "/order/<name>"
    assert access.origin.thread == threading.current_thread().name
    assert access.started is None


def test_a_timer_is_a_task_with_a_time_at_which_it_is_due() -> None:
    """A timer is told from a thread, and when it is due is known before it runs."""
    timers: list[threading.Timer] = []

    def view() -> None:
        timers.append(threading.Timer(3600, swallow))
        timers[0].start()

    with watched() as watch:
        serve(view)
        (task,) = watch.live
        timers[0].cancel()
        timers[0].join(PATIENCE)
        assert task.kind == "timer"
        assert task.due is not None
        assert not watch.live


def test_a_thread_outside_any_request_is_not_waited_for() -> None:
    """What a test starts by itself is a task without a request: booked, never drained."""
    go, seen = threading.Event(), []

    def work() -> None:
        seen.append(here().task)
        go.wait(PATIENCE)

    with watched() as watch:
        thread = threading.Thread(target=work)
        thread.start()
        assert not watch.recorder.live
        go.set()
        thread.join(PATIENCE)
    (task,) = seen
    assert isinstance(task, Task)
    assert task.request is None
    assert watch.recorder.handovers == 1


def test_a_worker_of_a_pool_carries_no_work_of_its_own() -> None:
    """A pool's worker started in a request is not waited for; process pools' threads neither."""
    from concurrent.futures import ThreadPoolExecutor
    from concurrent.futures.process import _ExecutorManagerThread
    from multiprocessing.pool import ThreadPool

    started: list[Task] = []

    class Manager(_ExecutorManagerThread):
        __module__ = _ExecutorManagerThread.__module__

        def __init__(self) -> None:
            threading.Thread.__init__(self)

        def run(self) -> None:
            started.append(here().task)  # type: ignore[arg-type]

    def view() -> None:
        with ThreadPoolExecutor(1) as pool:
            pool.submit(int).result(PATIENCE)
        with ThreadPool(1) as threads:
            threads.apply(int)
        manager = Manager()
        manager.start()
        manager.join(PATIENCE)

    with watched() as watch:
        serve(view)
        assert not watch.live
    assert [task.carries_work for task in started] == [False]


def test_a_thread_that_cannot_start_leaves_no_task() -> None:
    """Starting a thread twice raises what it always raised, and nothing is waited for."""
    thread = threading.Thread(target=int)

    def view() -> None:
        thread.start()
        thread.join(PATIENCE)
        with pytest.raises(RuntimeError, match="threads can only be started once"):
            thread.start()

    with watched() as watch:
        serve(view)
        assert watch.recorder.handovers == 2
        assert not watch.recorder.live
    assert not [value for value in vars(thread).values() if isinstance(value, Task)]


def test_a_timer_that_starts_its_successor_grows_no_chain() -> None:
    """The tasks behind a task are a few at most, however long it goes on."""
    depths: list[int] = []
    over = threading.Event()

    def again() -> None:
        assert here().task is not None
        depths.append(here().task.depth)
        if len(depths) == MAX_CHAIN * 3:
            over.set()
        else:
            threading.Timer(0, again).start()

    def view() -> None:
        threading.Timer(0, again).start()

    with watched():
        serve(view)
        assert over.wait(PATIENCE)
    assert depths[: MAX_CHAIN + 1] == list(range(MAX_CHAIN + 1))
    assert set(depths[MAX_CHAIN:]) == {MAX_CHAIN}


def test_the_thread_of_a_task_knows_it_only_while_it_runs() -> None:
    """A thread that is over is nobody's: its task has ended and holds no thread."""
    with watched() as watch:
        tasks: list[Task] = []
        serve(lambda: run_thread(lambda: tasks.append(here().task)))  # type: ignore[arg-type]
        (task,) = tasks
        assert task.over()
        assert task.ident == 0
        assert not watch.recorder.live


def test_a_removed_probe_is_inert() -> None:
    """A wrapper that somebody kept only calls what it wraps once the probe is gone."""
    switches = Switchboard()
    with watched() as watch:
        switches.install([Threads])
        start = threading.Thread.start
        switches.remove()
        thread = threading.Thread(target=int)
        start(thread)
        thread.join(PATIENCE)
        assert watch.recorder.handovers == 1


def test_a_threads_first_steps_know_its_task(monkeypatch: pytest.MonkeyPatch) -> None:
    """Around whatever a thread does at first, its task is its own, and then it is over."""
    # In this thread, for what a new one does before its first steps no tracer of ours sees.
    seen: list[Task | None] = []
    inner = Threads(Switchboard())._inner(lambda thread: seen.append(here().task))
    thread = threading.Thread(target=int, name=threading.current_thread().name)
    with watched() as watch:
        serve(lambda: vars(thread).update(_pytest_flaskctx_task=_handed(thread)))
        (task,) = watch.live
        inner(thread)
        inner(thread)
        assert seen == [task, None]
        assert task.over()


def test_an_unrecorded_thread_that_cannot_start_fails_as_ever(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """While nobody records, a start that is refused is refused as it was."""
    monkeypatch.setattr("pytest_flaskctx.board.board.current", None)
    switches = Switchboard()
    switches.install([Threads])
    try:
        thread = threading.Thread(target=int)
        thread.start()
        thread.join(PATIENCE)
        with pytest.raises(RuntimeError, match="once"):
            thread.start()
    finally:
        switches.remove()


class Odd(threading.Thread):
    """A thread that has what it likes by the names that a thread and a timer keep things by."""

    name = 3  # type: ignore[assignment]
    run = None  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__(target=Hostile(), name="odd")
        self._args = self.args = Hostile()  # type: ignore[assignment]

    __getattr__ = refuse


@pytest.mark.parametrize("kind", MAKERS)
def test_a_target_is_not_asked(kind: str) -> None:
    """Whatever it makes of questions, the hand-over is booked, and what goes along is seen."""
    with watched() as watch:
        thread = threading.Thread(target=MAKERS[kind](), name="export")
        serve(thread.start)
        thread.join(PATIENCE)
        assert watch.recorder.handovers == 1
        assert not watch.engine.disabled


def test_a_target_may_be_falsy() -> None:
    """It is the target all the same."""

    class Basket(list[int]):
        def __call__(self) -> None:
            swallow()

    with watched() as watch:
        serve(lambda: run_thread(Basket()))
        (access,) = watch.accesses
    assert access.origin is not None


def test_a_thread_is_not_asked() -> None:
    """Its class may have a name, a way to run and arguments that are no thread's."""
    thread = Odd()
    with watched() as watch:
        task = _handed(thread)
        assert isinstance(task, Task)
        assert not watch.engine.disabled
    seen: list[str] = []
    Threads(Switchboard())._inner(lambda thread: seen.append(here().name))(thread)
    assert seen == [""]
    here().name = threading.current_thread().name


def test_a_timer_may_wait_for_ever() -> None:
    """One without an interval is due at no time."""
    with watched() as watch:
        timer = threading.Timer(None, int)  # type: ignore[arg-type]
        timer.start()
        timer.cancel()
        timer.join(PATIENCE)
        assert not watch.engine.disabled
