"""Waits: who waited for what, and how often for something that cannot be told."""

from __future__ import annotations

import contextvars
import gc
import queue
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    FIRST_EXCEPTION,
    Future,
    ThreadPoolExecutor,
    as_completed,
    wait,
)
from concurrent.futures._base import DoneAndNotDoneFutures
from functools import partial
from multiprocessing.pool import ThreadPool
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
from flask import request
from hostile import Hostile
from watching import PATIENCE, Watched, application, run_thread, serve, watched

from pytest_flaskctx.board import board
from pytest_flaskctx.probes import Switchboard
from pytest_flaskctx.probes.waits import Waits, marked, note_asked, note_over, waited
from pytest_flaskctx.tasks import Task, Waited
from pytest_flaskctx.threadstate import here


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """A pool of the test's own."""
    with ThreadPoolExecutor(2) as pool:
        yield pool


def tasks(watch: Watched, view: Callable[[], object]) -> list[Task]:
    """Return the tasks that ``view`` hands over, as long as it is served."""
    found: list[Task] = []
    booked = watch.recorder.handed_over

    def handed_over(task: Task) -> None:
        booked(task)
        if task.carries_work:
            found.append(task)

    watch.recorder.handed_over = handed_over  # type: ignore[method-assign]
    serve(view)
    return found


WAITS: dict[str, Callable[[Any, Any], object]] = {
    "result": lambda future, pool: future.result(PATIENCE),
    "exception": lambda future, pool: future.exception(PATIENCE),
    "wait": lambda future, pool: wait([future]),
    "as_completed": lambda future, pool: list(as_completed([future])),
    "shutdown": lambda future, pool: pool.shutdown(),
    "with": lambda future, pool: pool.__exit__(None, None, None),
}


@pytest.mark.parametrize("way", WAITS)
def test_who_waits_for_a_future_or_its_pool_waits_for_the_task(way: str) -> None:
    """Whatever the clock says: the task may be done before."""
    pool = ThreadPoolExecutor(1)

    def view() -> None:
        future = pool.submit(int)
        turns = here().turns
        WAITS[way](future, pool)
        # By joining its threads; of a future it is known.
        assert here().turns == turns or way in ("shutdown", "with")

    with watched() as watch:
        (task,) = tasks(watch, view)
        assert task.awaited() is True
        pool.shutdown()


@pytest.mark.parametrize(
    "instead",
    [
        lambda future, pool: future.add_done_callback(lambda future: None),
        lambda future, pool: pool.shutdown(wait=False),
    ],
)
def test_who_only_asks_does_not_wait(instead: Callable[[Any, Any], object]) -> None:
    """Nor who lets the pool go without waiting for it."""
    pool = ThreadPoolExecutor(1)
    with watched() as watch:
        first, *_ = tasks(watch, lambda: instead(pool.submit(int), pool))
        assert not first.awaited()
    pool.shutdown()


def test_who_gives_up_has_not_waited(pool: ThreadPoolExecutor) -> None:
    """A timeout says that the task runs on."""
    go = threading.Event()

    def view() -> None:
        future = pool.submit(go.wait, PATIENCE)
        with pytest.raises(TimeoutError):
            future.result(0)
        thread = threading.Thread(target=go.wait, args=(PATIENCE,))
        thread.start()
        thread.join(0)
        threads.append(thread)

    threads: list[threading.Thread] = []
    with watched() as watch:
        found = tasks(watch, view)
        go.set()
        threads[0].join(PATIENCE)
    assert [task.awaited() for task in found] == [False, False]


SEVERAL: dict[str, tuple[Callable[[list[Future[Any]]], object], list[bool], bool]] = {
    "the first": (lambda both: wait(both, return_when=FIRST_COMPLETED), [False, True], False),
    "the first error": (lambda both: wait(both, return_when=FIRST_EXCEPTION), [True, True], False),
    "for a while": (lambda both: wait(both, 0), [False, True], True),
    "one by one": (lambda both: next(as_completed(both)), [False, True], False),
    "one by one for a while": (lambda both: next(as_completed(both, 9)), [False, True], True),
    "all, one by one": (lambda both: list(as_completed(both)), [True, True], False),
}


@pytest.mark.parametrize("way", SEVERAL)
def test_of_several_only_those_that_it_is_told_of_are_waited_for(way: str) -> None:
    """Who waits for the first of two does not wait for the other; with a timeout it asks."""
    work, waited_for, asked = SEVERAL[way]
    go, quick = threading.Event(), threading.Event()
    if all(waited_for):
        go.set()

    def view() -> None:
        both = [pool.submit(go.wait, PATIENCE), pool.submit(quick.set)]
        # Not by the future: that would be a wait of its own.
        while both[1]._state != "FINISHED":
            pass
        work(both)

    with watched() as watch, ThreadPoolExecutor(2) as pool:
        slow, other = tasks(watch, view)
        assert [slow.awaited(), other.awaited()] == waited_for
        assert bool(slow.waits[0].asked) is asked
        go.set()


def test_what_somebody_makes_of_the_same_class_is_no_wait(pool: ThreadPoolExecutor) -> None:
    """Only what `wait` returns tells of the end of anything."""

    def view() -> None:
        future = pool.submit(int)
        assert DoneAndNotDoneFutures({future}, set()).done == {future}

    with watched() as watch:
        (task,) = tasks(watch, view)
        assert not task.awaited()


def test_one_by_one_keeps_no_result_alive(pool: ThreadPoolExecutor) -> None:
    """What was passed on is the program's alone."""
    with watched():
        iterator = as_completed([pool.submit(int), done()])
        known = weakref.ref(next(iterator))
        gc.collect()
        assert known() is None


def test_who_asks_in_vain_is_noted_once(pool: ThreadPoolExecutor) -> None:
    """So is who calls it off; of what is nobody's task nothing is."""
    go = threading.Event()

    def view() -> None:
        future = pool.submit(go.wait, PATIENCE)
        assert not future.done()
        assert not future.cancel() or future.cancel()
        promise: Future[int] = Future()
        assert not promise.done()
        assert not marked(promise)

    with watched() as watch:
        (task,) = tasks(watch, view)
        assert [request is task.request for request in task.waits[0].asked] == [True]
        go.set()


def test_who_joins_a_thread_waits_for_it() -> None:
    """A thread that runs to its end is a task like any other."""
    with watched() as watch:
        (task,) = tasks(watch, lambda: run_thread(int))
    assert task.awaited() is True


def test_who_joins_a_pool_waits_for_all_that_it_did() -> None:
    """Its own threads stand for no task, but the pool for each that it was given."""

    def view() -> None:
        threads = ThreadPool(1)
        threads.apply_async(int)
        threads.close()
        threads.join()

    with watched() as watch:
        (task,) = tasks(watch, view)
    assert task.awaited() is True


def test_somebody_elses_wait_is_not_the_requests(pool: ThreadPoolExecutor) -> None:
    """When the request is over, the test may wait as long as it likes."""
    futures: list[Future[int]] = []
    with watched() as watch:
        (task,) = tasks(watch, lambda: futures.append(pool.submit(int)))
        futures[0].result(PATIENCE)
        assert waited(futures[0]).by == (None,)
        futures[0].result(PATIENCE)
    assert waited(futures[0]).by == (None,)
    assert not task.awaited()


def test_a_client_that_keeps_the_context_does_not_wait(pool: ThreadPoolExecutor) -> None:
    """What is bound for the test's body is a request that is over."""
    futures: list[Future[int]] = []
    app = application(lambda: futures.append(pool.submit(int)))
    with watched() as watch, app.test_client() as client:
        client.get("/order/tea")
        (task,) = watch.recorder.live.values() or [None]
        futures[0].result(PATIENCE)
    assert waited(futures[0]).by == (None,)
    assert task is None or not task.awaited()


def test_a_task_waits_in_its_requests_name(pool: ThreadPoolExecutor) -> None:
    """A task within a task is waited for if both are."""

    def outer() -> None:
        pool.submit(int).result(PATIENCE)

    def view(*, waits: bool) -> None:
        future = pool.submit(outer)
        if waits:
            future.result(PATIENCE)

    with watched() as watch:
        both = tasks(watch, partial(view, waits=True))
        watch.drain()
    assert [task.awaited() for task in both] == [True, True]
    with watched() as watch:
        found = tasks(watch, partial(view, waits=False))
        watch.drain()
    assert [task.awaited() for task in found] == [False, False]


@pytest.mark.parametrize("asks", [False, True], ids=["waits", "asks"])
def test_who_works_in_a_requests_context_waits_in_its_name(
    pool: ThreadPoolExecutor, *, asks: bool
) -> None:
    """As a loop does, in the background, for what a view gave it; while that request lasts."""
    calls: queue.Queue[Callable[[], object] | None] = queue.Queue()

    def work() -> None:
        while call := calls.get():
            call()
            calls.task_done()

    def in_context(future: Future[int]) -> Callable[[], object]:
        look = future.done if asks else partial(future.result, PATIENCE)
        return partial(contextvars.copy_context().run, look)

    futures = [Future[int](), Future[int]()]
    marks = [waited(future) for future in futures]
    late: list[Callable[[], object]] = []

    def view() -> None:
        if not asks:
            for future in futures:
                future.set_result(1)
        calls.put(in_context(futures[0]))
        late.append(in_context(futures[1]))
        calls.join()

    worker = threading.Thread(target=work)
    with watched():
        worker.start()
        serve(view)
        calls.put(late[0])
        calls.join()
        calls.put(None)
        worker.join()
    names = [(mark.asked if asks else mark.by) for mark in marks]
    assert [[each is not None for each in name] for name in names] == [[True], [False]]


def condition() -> threading.Condition:
    """Return a condition that is held by this thread."""
    made = threading.Condition()
    made.acquire()
    return made


def joined() -> None:
    """Wait for a queue of which nothing is left."""
    jobs: queue.Queue[int] = queue.Queue()
    jobs.put(1)
    jobs.get()
    jobs.task_done()
    jobs.join()


def event() -> bool:
    """Wait for an event that is set by now."""
    made = threading.Event()
    made.set()
    return made.wait()


TURNS: dict[str, tuple[Callable[[], object], int]] = {
    "an event that is set": (event, 1),
    "an event that nobody sets": (lambda: threading.Event().wait(0), 1),
    "a condition": (lambda: condition().wait(0.001), 1),
    "a condition that holds": (lambda: condition().wait_for(lambda: True), 1),
    "a barrier": (lambda: threading.Barrier(1).wait(), 1),
    "a queue": (joined, 2),
    "a future of somebody's own": (lambda: done().result(), 1),
    "several of these": (lambda: wait([done(), done()]), 2),
    "one that nobody fills": (lambda: wait([Future()], 0), 1),
    "a pool's map": (lambda: list(ThreadPool(1).imap(int, "12")), 2),
}


def done() -> Future[int]:
    """Return a future that no pool knows."""
    future: Future[int] = Future()
    future.set_result(1)
    return future


@pytest.mark.parametrize("way", TURNS)
def test_other_waits_are_counted(way: str) -> None:
    """One each, and not one more, whether or not there was anything to wait for."""
    work, count = TURNS[way]
    with watched():
        before = here().turns
        work()
        assert here().turns == before + count


def test_starting_a_thread_is_no_wait() -> None:
    """It waits until the thread has begun, which is nothing of the program's; nor is a submit."""
    with watched(), ThreadPoolExecutor(1) as pool:
        before = here().turns
        threading.Thread(target=int).start()
        pool.submit(int)
        assert here().turns == before


def test_an_empty_queue_is_no_wait() -> None:
    """What raises was not there."""
    with watched():
        before = here().turns
        with pytest.raises(queue.Empty):
            queue.Queue[int]().get_nowait()
        assert here().turns == before


def test_a_condition_that_is_not_held_is_no_wait() -> None:
    """It says so itself."""
    with watched():
        before = here().turns
        with pytest.raises(RuntimeError, match="un-acquired"):
            threading.Condition().wait()
        assert here().turns == before


def test_results_and_errors_are_passed_on(pool: ThreadPoolExecutor) -> None:
    """Arguments by place and by name, answers and errors are the program's own."""
    with watched():
        jobs: queue.Queue[int] = queue.Queue()
        jobs.put(3)
        assert jobs.get(block=True, timeout=1) == 3
        assert not threading.Event().wait(timeout=0)
        assert condition().wait_for(lambda: 7, timeout=1) == 7
        failing = pool.submit(int, "x")
        with pytest.raises(ValueError, match="invalid literal"):
            failing.result(timeout=PATIENCE)
        assert isinstance(failing.exception(timeout=PATIENCE), ValueError)
        with pytest.raises(RuntimeError, match="cannot join thread before it is started"):
            threading.Thread().join()
        closed = ThreadPoolExecutor(1)
        closed.shutdown(True, cancel_futures=True)
        with pytest.raises(RuntimeError, match="after shutdown"):
            closed.submit(int)


class Uninitialised(threading.Thread):
    """A thread whose author forgot something."""

    def __init__(self) -> None:
        """Leave out what a thread needs."""


class Promised(Future[int]):
    """A future whose author forgot the same."""

    def __init__(self) -> None:
        """Leave out what a future needs."""


def test_what_is_broken_raises_its_own_error() -> None:
    """Asking whether it is over raises another one, which is nobody's."""
    with watched() as watch:
        with pytest.raises(RuntimeError, match=r"__init__\(\) not called"):
            Uninitialised().join()
        with pytest.raises(AttributeError, match="_condition") as caught:
            Promised().result()
        assert caught.value.__context__ is None
        assert not watch.engine.disabled


def test_a_probe_that_fails_says_that_waits_are_not_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Until one is installed again; one that was never asked for accuses as it always did."""
    monkeypatch.setattr(board, "waits_unseen", False)
    probe = Waits(Switchboard())
    probe.failed(KeyError("one that was never installed"))
    assert not board.waits_unseen
    probe = Waits(Switchboard())
    probe.install()
    probe.failed(KeyError("egg"))
    probe.remove()
    assert board.waits_unseen
    assert probe.board.disabled == {"waits": "KeyError"}
    again = Waits(Switchboard())
    again.install()
    again.remove()
    assert not board.waits_unseen


def test_when_the_monitor_is_gone_nothing_is_noted() -> None:
    """Functions that somebody kept call what they wrap, and no more."""
    noted: list[object] = []
    probe = Waits(Switchboard())
    probe.live = False
    stub = SimpleNamespace(futures=[1])
    assert probe._after(lambda thing: thing, bool, noted.append)(1) == 1
    probe._several(lambda acquire, futures: None, bool, noted.append)(stub, [1])
    assert probe._told(lambda cls, done, rest: (done, rest), noted.append)(int, 1, 2) == (1, 2)
    assert list(probe._each(list, noted.append)([1])) == [1]
    probe._shutdown(lambda pool, wait: None, noted.append)(stub)
    assert probe._call_off(lambda thing: thing)(1) == 1
    assert not noted


def test_a_lent_context_is_found_or_not_by_what_is_waited_for(pool: ThreadPoolExecutor) -> None:
    """The same view, which waits for the one that reads, or for another one."""
    context = contextvars.copy_context

    def view(which: int) -> None:
        used = threading.Event()

        def use() -> None:
            str(request.path)
            used.set()

        futures = pool.submit(context().run, use), pool.submit(used.wait, PATIENCE)
        futures[which].result(PATIENCE)

    codes = []
    for which in (0, 1):
        with watched() as watch:
            serve(partial(view, which))
            codes.append([finding.code for finding in watch.findings()])
    assert codes == [[], ["FCX207"]]


@pytest.mark.parametrize(("make", "keeps"), [(Mock, True), (Hostile, True), (object, False)])
def test_nothing_is_asked_whether_it_is_known(make: Callable[[], object], keeps: bool) -> None:
    """What says of itself that it is may be wrong; what can keep nothing is passed over."""
    thing = make()
    assert not marked(thing)
    assert isinstance(waited(thing), Waited)
    assert marked(thing) is keeps
    turns = here().turns
    note_asked(thing)
    note_over(thing)
    assert here().turns == turns + (not keeps)
