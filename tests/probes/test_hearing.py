"""Waiting: which waits are known to be for what, and which are only known to have been."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from multiprocessing.pool import ThreadPool
from typing import Any

import pytest
from watching import PATIENCE, serve, watched

from pytest_flaskctx.probes import Switchboard, waits
from pytest_flaskctx.tasks import Task, moments
from pytest_flaskctx.threadstate import here


def heard(wait: Callable[[], object]) -> bool:
    """Return whether ``wait`` counts as a wait that may have told something."""
    before = next(moments)
    wait()
    return here().heard > before


def ready_event() -> threading.Event:
    """Return an event that is set."""
    event = threading.Event()
    event.set()
    return event


def filled(item: object = None) -> queue.Queue[object]:
    """Return a queue with one item."""
    made: queue.Queue[object] = queue.Queue()
    made.put(item)
    return made


def made_by_hand() -> Future[int]:
    """Return a future that no pool knows, and that is done."""
    made: Future[int] = Future()
    made.set_result(1)
    return made


TOLD: dict[str, Callable[[], object]] = {
    "an event that is set": lambda: ready_event().wait(),
    "an item": lambda: filled().get(),
    "an item that is false": lambda: filled(False).get(),
    "a queue that is empty": lambda: queue.Queue().join(),
    "a permit": lambda: threading.Semaphore(1).acquire(),
    "a permit by with": lambda: threading.Semaphore(1).__enter__(),
    "a bounded permit": lambda: threading.BoundedSemaphore(1).acquire(),
    "a barrier": lambda: threading.Barrier(1).wait(),
    "a future of nobody's": lambda: made_by_hand().result(),
    "a future of nobody's that is asked": lambda: made_by_hand().done(),
}
IN_VAIN: dict[str, Callable[[], object]] = {
    "an event that is not set": lambda: threading.Event().wait(0),
    "no permit": lambda: threading.Semaphore(0).acquire(blocking=False),
    "no permit in time": lambda: threading.Semaphore(0).acquire(timeout=0.01),
    "a permit asked for without waiting": lambda: threading.Semaphore(1).acquire(timeout=0),
    "starting a thread": lambda: threading.Thread(target=int).start(),
    "a future of nobody's that is not done": lambda: Future().done(),
}


@pytest.mark.parametrize("name", TOLD)
def test_a_wait_that_was_told_something_counts(name: str) -> None:
    """Whether or not it had to wait at all."""
    with watched():
        assert heard(TOLD[name])


@pytest.mark.parametrize("name", IN_VAIN)
def test_a_wait_in_vain_does_not_count(name: str) -> None:
    """Nor does what only looks like one."""
    with watched():
        assert not heard(IN_VAIN[name])


def test_submitting_is_no_wait() -> None:
    """A pool asks whether a worker idles, and starts one: that tells nothing of any task."""
    with watched(), ThreadPoolExecutor(4) as pool:
        assert not heard(lambda: [pool.submit(int) for _ in range(50)])


def test_a_condition_that_is_met_counts() -> None:
    """Waited for, and notified; and met before anybody waited."""
    condition, met = threading.Condition(), threading.Event()

    def notify() -> None:
        with condition:
            met.set()
            condition.notify()

    def wait() -> None:
        with condition:
            thread = threading.Thread(target=notify)
            thread.start()
            assert condition.wait(PATIENCE)

    def wait_for() -> None:
        with condition:
            assert condition.wait_for(met.is_set, 0)

    with watched():
        assert heard(wait)
        assert heard(wait_for)
        with condition:
            assert not heard(lambda: condition.wait(0))


def handed(watch: Any, hand_over: Callable[[], object]) -> Task:
    """Return the task that ``hand_over`` makes."""
    serve(hand_over)
    (task,) = watch.recorder.live.values()
    return task  # type: ignore[no-any-return]


WAITS: dict[str, Callable[[Future[Any]], object]] = {
    "result": lambda future: future.result(),
    "exception": lambda future: future.exception(),
    "done": lambda future: [None for _ in iter(future.done, True)],
}


@pytest.mark.parametrize("name", WAITS)
def test_a_future_that_was_waited_for_is_over(name: str) -> None:
    """Its task is known to be over before whatever is handed over from now on."""
    go = threading.Event()
    futures: list[Future[Any]] = []
    with watched() as watch, ThreadPoolExecutor(2) as pool:
        task = handed(watch, lambda: futures.append(pool.submit(go.wait, PATIENCE)))
        before = next(moments)
        with pytest.raises(TimeoutError):
            futures[0].result(0)
        assert not futures[0].done()
        assert not any(mark.at for mark in task.waits)
        go.set()
        assert heard(lambda: WAITS[name](futures[0]))
        assert task.waits[0].at > before
        # The first wait is what counts.
        first = task.waits[0].at
        futures[0].result()
        assert task.waits[0].at == first


def test_an_error_is_waited_for_like_a_result() -> None:
    """Who is told that a task failed knows that it is over."""
    go = threading.Event()
    futures: list[Future[Any]] = []

    def fail() -> None:
        go.wait(PATIENCE)
        raise KeyError

    with watched() as watch, ThreadPoolExecutor(2) as pool:
        task = handed(watch, lambda: futures.append(pool.submit(fail)))
        go.set()
        with pytest.raises(KeyError):
            futures[0].result()
        assert task.waits[0].at


def test_the_end_of_a_pool_is_the_end_of_its_tasks() -> None:
    """A block around an executor, and a joined ``ThreadPool``."""
    for make in (ThreadPoolExecutor, ThreadPool):
        go = threading.Event()
        with watched() as watch:
            pool: Any = make(2)
            call = getattr(pool, "submit", None) or pool.apply_async
            task = handed(watch, lambda: call(go.wait))  # noqa: B023
            if make is ThreadPool:
                with pytest.raises(ValueError, match="still running"):
                    pool.join()
                pool.close()
            assert not any(mark.at for mark in task.waits)
            go.set()
            pool.shutdown() if make is ThreadPoolExecutor else pool.join()
            assert any(mark.at for mark in task.waits)


def test_a_probe_that_fails_gives_the_result_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """Our own failure switches the probe off; the program gets what it waited for."""

    def broken(thing: object, _thread: object = None) -> None:
        raise KeyError(thing)

    monkeypatch.setattr(waits, "note_over", broken)
    probe = waits.Waits(Switchboard())
    result = probe._result(lambda future, timeout: (future, timeout), bool, broken)
    assert result("egg", 3) == ("egg", 3)
    assert probe.board.disabled["waits"].startswith("KeyError in pytest_flaskctx.probes.waits, ")
    assert result("egg") == ("egg", None)
    refused = probe._result(lambda future, timeout: 1 // 0, bool, broken)
    with pytest.raises(ZeroDivisionError):
        refused("egg")
