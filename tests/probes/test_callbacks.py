"""Done-callbacks: a task wherever they happen to run."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import partial

import pytest
from flask import g, request
from hostile import MAKERS
from watching import PATIENCE, run_thread, serve, watched

from pytest_flaskctx.threadstate import here


def swallow(future: Future[object]) -> None:
    """Use the request, whatever comes of it."""
    try:
        str(request.path)
    except RuntimeError:
        pass


def test_a_callback_that_runs_in_a_worker_is_a_task() -> None:
    """It is traced to the line of the view that registered it."""
    go = threading.Event()

    def view() -> None:
        future = pool.submit(go.wait, PATIENCE)
        future.add_done_callback(swallow)

    with watched() as watch, ThreadPoolExecutor(1) as pool:
        serve(view)
        go.set()
        watch.drain()
        assert not watch.recorder.live
        (found,) = watch.findings()
    assert found.handover is not None
    assert found.handover.origin.kind == "callback"
    assert not found.handover.origin.inline
    assert found.handover.site is not None
    assert found.handover.site.expression == "future.add_done_callback(swallow)"


def test_a_callback_that_runs_at_once_is_luck() -> None:
    """If the future is done already, the callback reads the request, and is a finding all the same."""
    done: Future[int] = Future()
    done.set_result(1)
    paths: list[str] = []

    def view() -> str:
        done.add_done_callback(lambda future: paths.append(request.path))
        return request.path

    with watched() as watch:
        assert serve(view) == "/order/tea"
        assert not watch.recorder.live
        (found,) = watch.findings()
    assert paths == ["/order/tea"]
    assert found.handover is not None
    assert found.handover.origin.inline
    assert "only because the future was done already" in found.message
    assert found.context is not None
    assert found.context.own


@pytest.mark.parametrize("done", [True, False])
def test_a_callback_that_carries_its_context_is_not_lucky(done: bool) -> None:
    """It has that context in whichever thread and order it runs: it is no unbound access."""
    future: Future[int] = Future()
    paths: list[str] = []

    def view() -> str:
        if done:
            future.set_result(1)
        tell = partial(copy_context().run, lambda future: paths.append(request.path))
        future.add_done_callback(tell)
        if not done:
            future.set_result(1)
        return request.path

    with watched() as watch:
        serve(view)
        assert not watch.findings()
    assert paths == ["/order/tea"]


def test_an_error_of_a_callback_goes_where_it_went() -> None:
    """What a callback raises is logged by the future; the view sees the contexts it had before."""
    done: Future[int] = Future()
    done.set_result(1)

    def fail(future: object) -> None:
        raise KeyError("callback")

    def view() -> str:
        g.name = "tea"
        before = here().app, here().request
        done.add_done_callback(fail)
        assert (here().app, here().request) == before
        return str(g.name)

    with watched() as watch:
        assert serve(view) == "tea"
    assert not watch.accesses


def test_a_callback_without_a_request_is_left_alone() -> None:
    """What nobody's request registers is the program's own function, unchanged."""
    future: Future[int] = Future()
    with watched() as watch:
        run_thread(lambda: future.add_done_callback(swallow))
        assert watch.recorder.handovers == 1
    assert future._done_callbacks == [swallow]  # type: ignore[attr-defined]


def test_a_callback_of_asyncio_is_left_alone() -> None:
    """asyncio chains its own futures to those of executors; that is no hand-over of the user's."""
    with watched() as watch:

        async def main() -> int:
            return await asyncio.to_thread(int)

        assert serve(lambda: asyncio.run(main())) == "0"
        kinds = [task.kind for task in watch.recorder.live.values()]
    assert "callback" not in kinds


def test_a_callback_of_a_task_belongs_to_its_request() -> None:
    """Registered in a worker, it is still that request's."""
    future: Future[int] = Future()

    def work() -> None:
        future.add_done_callback(swallow)

    with watched() as watch:
        serve(lambda: run_thread(work))
        (task,) = watch.live
        future.set_result(1)
        assert not watch.recorder.live
        (access,) = watch.accesses
    assert task.request is not None
    assert access.origin is not None
    assert access.origin.parent is not None
    assert access.origin.parent.kind == "thread"


@pytest.mark.parametrize("ended", ["cancel", "fail"])
def test_a_callback_of_a_future_without_result_runs_once(ended: str) -> None:
    """A cancelled or failed future calls back too, and then the task is over."""
    future: Future[int] = Future()
    called: list[object] = []
    with watched() as watch:
        serve(lambda: future.add_done_callback(called.append))
        if ended == "cancel":
            future.cancel()
        else:
            future.set_exception(KeyError())
        assert not watch.recorder.live
    assert called == [future]


@pytest.mark.parametrize("kind", MAKERS)
def test_a_callback_is_not_asked(kind: str) -> None:
    """Whatever it makes of questions, it is a task of its own."""
    function = MAKERS[kind]()

    def view() -> None:
        future: Future[int] = Future()
        future.add_done_callback(function)
        future.set_result(1)

    with watched() as watch:
        serve(view)
        assert watch.recorder.handovers == 1
        assert not watch.engine.disabled
