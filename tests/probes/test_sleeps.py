"""Fast draining: sleeps of a request's tasks end early, all others are what they were."""

from __future__ import annotations

import sys
import threading
import time
import types
from collections.abc import Iterator
from time import sleep

import pytest
from watching import PATIENCE, Watched, run_thread, serve, watched

from pytest_flaskctx.probes import Switchboard
from pytest_flaskctx.probes.sleeps import Sleeps, let_timer_go
from pytest_flaskctx.tasks import Task
from pytest_flaskctx.threadstate import here

LONG = 3600.0


@pytest.fixture
def fast() -> Iterator[Watched]:
    """A test of an engine that drains fast."""
    with watched(drain="fast") as watch:
        yield watch


@pytest.mark.parametrize("name", ["time.sleep", "sleep"])
def test_a_sleeping_task_is_let_go(fast: Watched, name: str) -> None:
    """A task that would sleep for an hour ends with the drain, by whichever name it sleeps."""
    done: list[int] = []
    began = threading.Event()

    def work() -> None:
        began.set()
        time.sleep(LONG) if name == "time.sleep" else sleep(LONG)
        done.append(1)

    def view() -> None:
        threading.Thread(target=work).start()
        assert began.wait(PATIENCE)

    serve(view)
    assert not done
    fast.drain()
    assert done == [1]
    assert not fast.recorder.unfinished


def test_a_timer_is_let_go_if_it_is_due_in_time(fast: Watched) -> None:
    """A timer of the drain's time begins at once and is not cancelled; a later one stays."""
    done: list[str] = []
    later = threading.Timer(LONG, done.append, ["later"])
    soon = threading.Timer(PATIENCE - 1, done.append, ["soon"])

    def view() -> None:
        soon.start()
        later.start()

    serve(view)
    fast.drain()
    assert done == ["soon"]
    later.cancel()
    later.join(PATIENCE)


def test_a_task_is_let_go_three_times_at_most(fast: Watched) -> None:
    """A loop that sleeps is not turned into one that spins."""
    real: list[float] = []
    stand_in = Sleeps(Switchboard())._stand_in(real.append)
    fast.engine.hub.hurry.set()

    def work() -> None:
        for seconds in range(1, 6):
            stand_in(seconds)
        assert here().task is not None
        assert here().task.early == 3

    serve(lambda: run_thread(work))
    assert real == [4, 5]


def test_without_hurry_a_sleep_lasts_as_long_as_it_should(fast: Watched) -> None:
    """While nobody drains, a tracked task sleeps its time, and no let-go is spent on it."""
    tasks: list[Task | None] = []

    def work() -> None:
        began = time.monotonic()
        time.sleep(0.02)
        assert time.monotonic() - began >= 0.02
        tasks.append(here().task)

    serve(lambda: run_thread(work))
    (task,) = tasks
    assert task is not None
    assert task.early == 0


@pytest.mark.parametrize("served", [True, False])
def test_sleeps_that_are_nobodys_are_the_originals(fast: Watched, served: bool) -> None:
    """The test's own sleeps, and those of threads without a request, go to the original."""
    real: list[float] = []
    stand_in = Sleeps(Switchboard())._stand_in(real.append)
    if served:
        serve(lambda: stand_in(LONG))
    else:
        run_thread(lambda: stand_in(LONG))
    assert real == [LONG]


@pytest.mark.parametrize("seconds", [-1, "x", 0, 1e300, float("nan")])
def test_what_is_no_time_is_the_originals_affair(fast: Watched, seconds: object) -> None:
    """The original says what is wrong with it, or does nothing."""
    real: list[object] = []
    stand_in = Sleeps(Switchboard())._stand_in(real.append)
    serve(lambda: run_thread(lambda: stand_in(seconds)))  # type: ignore[arg-type]
    assert real == [seconds]


def test_somebodys_stand_in_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where ``time.sleep`` is replaced already, it stays so, and copies stay too."""

    def theirs(seconds: float) -> None:
        pass

    monkeypatch.setattr(time, "sleep", theirs)
    board = Switchboard()
    board.install([Sleeps])
    try:
        assert time.sleep is theirs
        board.refresh()
        assert sleep is not theirs
        assert not board.disabled
    finally:
        board.remove()


def test_a_module_that_comes_later_is_found(fast: Watched) -> None:
    """A copy that a module takes of the original while the probe stands is replaced, and put back."""
    board = Switchboard()
    original = _builtin_sleep(fast)
    module = types.ModuleType("shop_sleepy")
    module.nap = original  # type: ignore[attr-defined]
    sys.modules["shop_sleepy"] = module
    try:
        fast.engine.look()
        assert module.nap is time.sleep  # type: ignore[attr-defined]
        fast.engine.stop()
        assert module.nap is original  # type: ignore[attr-defined]
        assert time.sleep is original
    finally:
        del sys.modules["shop_sleepy"]
    assert not board.disabled


def _builtin_sleep(fast: Watched) -> object:
    found = (probe for each in fast.engine._held for probe in each.switches.probes)
    return next(probe._original for probe in found if isinstance(probe, Sleeps))


def test_drain_real_leaves_sleep_alone() -> None:
    """Without ``flaskctx_drain = fast`` nothing stands in the place of ``time.sleep``."""
    with watched():
        assert isinstance(time.sleep, types.BuiltinFunctionType)


def test_a_thread_that_is_no_timer_is_not_woken() -> None:
    """Only a timer's wait is ended early."""
    let_timer_go(threading.get_ident())
