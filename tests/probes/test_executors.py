"""Executors: what is submitted is one task, and only where it stays in this interpreter."""

from __future__ import annotations

import concurrent.futures
import gc
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from io import StringIO
from multiprocessing.pool import ThreadPool
from typing import Any

import pytest
from flask import request
from flask.globals import request_ctx
from hostile import MAKERS, Hostile, Odd, refuse
from watching import PATIENCE, serve, watched

from pytest_flaskctx.probes import Switchboard
from pytest_flaskctx.probes.executors import Executors
from pytest_flaskctx.probes.waits import marked
from pytest_flaskctx.tasks import Task
from pytest_flaskctx.threadstate import here


def current() -> Task | None:
    """Return the task that runs."""
    return here().task


def leak(*args: object) -> str:
    """Use the request."""
    return request.path


def swallow(*args: object) -> None:
    """Use the request, and answer all the same."""
    with suppress(RuntimeError):
        leak()


class Counting(ThreadPoolExecutor):
    """An executor of a user's own, two floors above the thread pool."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Pass on."""
        return super().submit(fn, *args, **kwargs)


class Naming(Counting):
    """And one more."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Pass on."""
        return super().submit(fn, *args, **kwargs)


@pytest.mark.parametrize("kind", [ThreadPoolExecutor, Counting, Naming])
def test_one_submit_is_one_task(kind: type[ThreadPoolExecutor]) -> None:
    """However many layers a submit goes through, it hands over once, at the caller's line."""
    with watched() as watch, kind(1) as pool:
        pool.submit(int).result(PATIENCE)
        before = watch.recorder.handovers
        error = serve(lambda: repr(pool.submit(leak).exception(PATIENCE)))
        assert error.startswith("RuntimeError('Working outside of request context.")
        assert watch.recorder.handovers == before + 1
        (found,) = watch.findings()
    assert found.handover is not None
    assert found.handover.origin.kind == "submit"
    assert found.handover.site is not None
    assert found.handover.site.expression == "pool.submit(leak)"


def test_each_item_of_a_map_is_a_task_of_one_place() -> None:
    """``map`` is told from ``submit``, and its items come down to one leak site."""

    def view() -> None:
        list(pool.map(swallow, range(3)))

    with watched() as watch, ThreadPoolExecutor(2) as pool:
        serve(view)
        watch.drain()
        (found,) = watch.findings()
    assert found.handover is not None
    assert found.handover.origin.kind == "map"
    assert found.count == 3


def test_nested_pools_keep_the_chain() -> None:
    """A task of a task knows both hand-overs, and the request behind them."""

    def outer() -> Any:
        return inner_pool.submit(leak).exception(PATIENCE)

    with watched() as watch, ThreadPoolExecutor(1) as pool, ThreadPoolExecutor(1) as inner_pool:
        serve(lambda: pool.submit(outer).result(PATIENCE))
    (access,) = watch.accesses
    assert access.origin is not None
    assert access.origin.stack[0].function == "test_nested_pools_keep_the_chain.<locals>.outer"
    assert access.origin.parent is not None
    assert access.origin.parent.stack[0].function.endswith("<lambda>")
    assert access.origin.request == access.origin.parent.request
    assert access.origin.request is not None


def test_a_pool_that_is_shut_down_refuses_as_ever() -> None:
    """The error is the executor's own, and no task is left to wait for."""
    pool = ThreadPoolExecutor(1)
    pool.shutdown()

    def view() -> None:
        with pytest.raises(RuntimeError, match="cannot schedule new futures after shutdown"):
            pool.submit(leak)

    with watched() as watch:
        serve(view)
        assert not watch.recorder.live


def test_a_cancelled_future_is_not_waited_for() -> None:
    """A task that was called off before it began is over, and never runs."""
    go = threading.Event()

    def view() -> None:
        pool.submit(go.wait, PATIENCE)
        assert pool.submit(leak).cancel()

    with watched() as watch, ThreadPoolExecutor(1) as pool:
        serve(view)
        (blocked,) = watch.live
        assert blocked.ident
        go.set()
        watch.drain()
        assert not watch.recorder.live
    assert not watch.accesses


def test_what_was_submitted_keeps_its_face() -> None:
    """An executor that looks at what it was given sees the user's function in it."""
    seen: list[Any] = []

    class Inspecting(ThreadPoolExecutor):
        def _adjust_thread_count(self) -> None:
            item = self._work_queue.get()
            seen.append(getattr(item, "task", None) or item)
            self._work_queue.put(item)
            super()._adjust_thread_count()

    def greet(name: str, *, loud: bool) -> str:
        return name.upper() if loud else name

    greet.colour = "red"  # type: ignore[attr-defined]
    with watched(), Inspecting(1) as pool:
        assert pool.submit(greet, "ann", loud=True).result(PATIENCE) == "ANN"
    (item,) = seen
    function = getattr(item, "fn", None) or item[0]
    assert function.__name__ == "greet"
    assert function.colour == "red"


def test_a_process_pool_gets_what_it_was_given() -> None:
    """Work for other processes is not touched: a callable of ours could not be pickled."""
    import multiprocessing

    with watched() as watch:
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
            answer = serve(lambda: pool.submit(abs, -7).result(PATIENCE))
        assert answer == "7"
        assert not watch.live


@pytest.mark.skipif(sys.version_info < (3, 14), reason="InterpreterPoolExecutor came in 3.14")
def test_an_interpreter_pool_gets_what_it_was_given() -> None:
    """Work for other interpreters is not touched: a closure cannot be shared with them."""
    kind = concurrent.futures.InterpreterPoolExecutor
    with watched() as watch, kind(1) as pool:
        assert serve(lambda: pool.submit(abs, -7).result(PATIENCE)) == "7"
        assert not watch.live


def test_an_unknown_executor_gets_what_it_was_given() -> None:
    """An executor that is no thread pool is called with the user's own function."""
    given: list[object] = []

    class Foreign(concurrent.futures.Executor):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            given.append(fn)
            return Future()

    with watched():
        Foreign().submit(leak)
    assert given == [leak]


def test_nothing_is_recorded_while_nobody_records(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between monitors the work is passed on as it is."""
    monkeypatch.setattr("pytest_flaskctx.board.board.current", None)
    switches = Switchboard()
    switches.install([Executors])
    try:
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(current).result(PATIENCE) is None
    finally:
        switches.remove()


def test_a_stand_in_may_return_what_it_likes() -> None:
    """What is no future is passed on; when such a task is over, only its function tells."""
    probe = Executors(Switchboard())
    submit = probe._submit(lambda pool, fn, *args: (fn, *args))  # type: ignore[arg-type,return-value]

    def view() -> None:
        run, number = submit(pool, int, "3")  # type: ignore[arg-type,misc]
        assert watch.live
        assert run(number) == 3
        assert not watch.live

    with watched() as watch, ThreadPoolExecutor(1) as pool:
        serve(view)
        assert not probe.board.disabled


def test_a_future_of_another_kind_may_be_called_off() -> None:
    """So may one that is gone, without having begun."""

    class Promise(Future[Any]):
        """A future of a user's own."""

    submit = Executors(Switchboard())._submit(lambda pool, fn, *args: Promise())

    def view() -> None:
        promise = submit(pool, int)
        assert len(watch.live) == 1
        promise.cancel()
        assert not watch.live
        submit(pool, int)

    with watched() as watch, ThreadPoolExecutor(1) as pool:
        serve(view)
        assert not watch.live


class Report:
    """What a task returns, or is given."""


def reports() -> int:
    """Return how many there are."""
    return sum(type(each) is Report for each in gc.get_objects())


def fail(report: Report) -> None:
    """Raise what holds a report."""
    raise ValueError(report)


KEPT: dict[str, Callable[[ThreadPoolExecutor], object]] = {
    "result": lambda pool: pool.submit(copy_context().run, Report).result(PATIENCE),
    "argument": lambda pool: pool.submit(copy_context().run, id, Report()).result(PATIENCE),
    "error": lambda pool: pool.submit(copy_context().run, fail, Report()).exception(PATIENCE),
    "proxy": lambda pool: pool.submit(swallow, Report(), request).result(PATIENCE),
    "object": lambda pool: pool.submit(print, request._get_current_object(), Report()).cancel(),
    "copied": lambda pool: pool.submit(copied, Report()).result(PATIENCE),
    "map": lambda pool: list(pool.map(copied, [Report(), Report()])),
    "called off": lambda pool: call_off(pool),
    "lent": lambda pool: lend(pool, request_ctx._get_current_object()),  # type: ignore[attr-defined]
    "pool": lambda pool: in_threads("map", copy_context().run, [Report]),
    "pool's error": lambda pool: in_threads("apply_async", copied, (Report(), 3)),
}


def copied(report: Report) -> Report:
    """Return what it was given, in a copied context."""
    return copy_context().run(lambda: report)


def in_threads(method: str, *args: Any) -> None:
    """Have a pool of another kind do something, to the end of its threads."""
    threads = ThreadPool(1)
    getattr(threads, method)(*args)
    threads.close()
    threads.join()


def call_off(pool: ThreadPoolExecutor) -> None:
    """Call a task off, with something that is called back with it."""
    go = threading.Event()
    for _ in range(2):
        pool.submit(go.wait, PATIENCE)
    future = pool.submit(copied, Report())
    future.add_done_callback(partial(print, Report(), file=StringIO()))
    assert future.cancel()
    go.set()


def lend(pool: ThreadPoolExecutor, context: Any) -> None:
    """Have a context pushed by a task while its thread has it pushed."""

    def enter() -> None:
        with context:
            pass

    context.report = Report()
    pool.submit(enter).result(PATIENCE)


@pytest.mark.parametrize("way", KEPT)
def test_what_a_task_has_is_not_kept(way: str) -> None:
    """When the request is over, and before the test is, the program is all that holds it."""

    def view() -> None:
        with ThreadPoolExecutor(2) as pool:
            KEPT[way](pool)

    with watched():
        serve(view)
        gc.collect()
        assert reports() == 0


@pytest.mark.parametrize("kind", MAKERS)
def test_what_is_submitted_is_not_asked(kind: str) -> None:
    """Neither the function nor its arguments, whatever they make of questions."""
    function = MAKERS[kind]()
    given = Hostile(), Odd(), [Odd()], partial(function, Odd())

    def view() -> str:
        return str(pool.submit(copy_context().run, function, *given).result(PATIENCE))

    with watched() as watch, ThreadPoolExecutor(1) as pool:
        assert serve(view) == "done"
        assert not watch.engine.disabled
        # The one besides is that of the pool's own thread.
        assert watch.recorder.handovers == 1


def test_a_pool_is_not_asked() -> None:
    """One that lets nobody set anything is waited for as any other."""

    class Frozen(ThreadPoolExecutor):
        __getattr__ = refuse

        def __setattr__(self, name: str, value: object) -> None:
            if name.startswith("_pytest"):
                refuse()
            super().__setattr__(name, value)

    with Frozen(1) as pool, watched() as watch:
        assert serve(lambda: pool.submit(int, "3").result(PATIENCE)) == "3"
        assert marked(pool)
        assert not watch.engine.disabled
