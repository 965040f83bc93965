"""Contexts: who owns which, for which request, and whether it is alive."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from typing import Any

import pytest
from flask import Flask, copy_current_request_context, g, request
from watching import PATIENCE, Watched, application, run_thread, serve, watched

from pytest_flaskctx.contexts import bound_request, record_of, request_of, standing
from pytest_flaskctx.facts import ContextFact, RequestFact
from pytest_flaskctx.reading import waits
from pytest_flaskctx.threadstate import here

TEA = RequestFact("GET", "/order/<name>", "order")


def fact(watch: Watched) -> ContextFact:
    """Return what is known of the one context that was read."""
    (access,) = watch.accesses
    assert access.context is not None
    return access.context


def test_an_inherited_context_is_borrowed_from_its_owner() -> None:
    """A thread that runs in a copy of the view's context reads its owner's, alive, while it waits."""

    owner = threading.get_ident()

    def read() -> None:
        while not waits(owner):
            threading.Event().wait(0.001)
        str(request.path)

    def view() -> None:
        context = contextvars.copy_context()
        run_thread(lambda: context.run(read))

    with watched() as watch:
        serve(view)
    assert fact(watch) == ContextFact(
        request=TEA,
        owner=threading.current_thread().name,
        own=False,
        over=False,
        same_request=True,
        owner_waits=True,
    )


def test_an_inherited_context_may_be_over() -> None:
    """The same after the response: the context is over, and nobody waits."""
    go = threading.Event()
    threads: list[threading.Thread] = []

    def late() -> None:
        go.wait(PATIENCE)
        str(g)

    def view() -> None:
        thread = threading.Thread(target=contextvars.copy_context().run, args=(late,))
        thread.start()
        threads.append(thread)

    with watched() as watch:
        serve(view)
        go.set()
        # Not joined: whoever joins waits for a result.
        while threads[0].is_alive():
            threading.Event().wait(0.001)
        context = fact(watch)
    assert (context.own, context.over, context.same_request) == (False, True, True)
    assert not context.owner_waits


def test_a_context_of_another_request_is_told_apart() -> None:
    """A task that runs in a copy of somebody else's context reads another request's."""
    contexts: list[contextvars.Context] = []

    def other() -> None:
        run_thread(lambda: contexts[0].run(lambda: request.path))

    with watched() as watch:
        serve(lambda: contexts.append(contextvars.copy_context()))
        serve(other)
    context = fact(watch)
    assert (context.own, context.over, context.same_request) == (False, True, False)


def test_a_copied_context_is_the_workers_own() -> None:
    """``copy_current_request_context`` pushes in the worker: no access to be looked at."""

    def view() -> str:
        @copy_current_request_context
        def work() -> str:
            return request.path

        return pool.submit(work).result(PATIENCE)

    with watched() as watch, ThreadPoolExecutor(1) as pool:
        assert serve(view) == "/order/tea"
    assert watch.recorder.observed == 0


def test_a_copied_context_is_the_same_request() -> None:
    """What a worker hands on under a copied context is still the view's request."""
    requests: list[object] = []

    def view() -> None:
        requests.append(bound_request(here()))
        run_thread(copy_current_request_context(lambda: requests.append(bound_request(here()))))

    with watched():
        serve(view)
    first, second = requests
    assert first is second is not None


def asynchronous(view: Callable[[], Any]) -> Watched:
    """Serve one async view, and return what was watched."""
    app = Flask("shop")
    app.testing = True
    app.add_url_rule("/order/<name>", "order", lambda name: app.ensure_sync(view)())
    with watched() as watch:
        assert app.test_client().get("/order/tea").text == "/order/tea"
    return watch


def test_an_async_view_borrows_while_its_owner_waits() -> None:
    """The body of an async view runs in asgiref's thread, its server waiting for it."""
    pytest.importorskip("asgiref")

    async def view() -> str:
        await asyncio.sleep(0)
        return request.path

    watch = asynchronous(view)
    assert [access.context and access.context.owner_waits for access in watch.accesses] == [True]
    context = fact(watch)
    assert (context.own, context.over) == (False, False)


def test_a_thread_of_an_async_view_borrows_too() -> None:
    """``asyncio.to_thread`` takes the context along, two threads away from its owner."""
    pytest.importorskip("asgiref")

    async def view() -> str:
        return await asyncio.to_thread(lambda: request.path)

    context = fact(asynchronous(view))
    assert (context.own, context.over, context.same_request) == (False, False, True)
    assert context.owner_waits


def test_a_context_pushed_outside_any_request_has_none() -> None:
    """An application context by itself is nobody's request."""
    with watched():
        with Flask("shop").app_context() as context:
            record = record_of(context)
            assert record is not None
            assert record.request is None
            assert request_of(context) is None


def test_the_app_context_of_a_request_is_that_requests() -> None:
    """``g`` and ``current_app`` belong to the request that pushed them."""
    with watched(), application(lambda: "").test_request_context("/order/tea"):
        from flask.globals import app_ctx

        record = record_of(app_ctx._get_current_object())
        assert record is not None
        assert record.request is bound_request(here())


def test_a_request_is_booked_where_it_was_first_pushed() -> None:
    """What a request causes belongs to the test that ran then."""
    app = application(lambda: "")
    with watched() as watch:
        with app.test_request_context("/order/tea") as context:
            found = request_of(context)
        assert found is not None
        assert found.recorder is watch.recorder
        with watched() as inner, context:
            assert request_of(context) is found
            assert found.recorder is not inner.recorder


def test_popping_what_is_unknown_is_nothing() -> None:
    """A context pushed before the probes came is popped without a trace."""
    from pytest_flaskctx.contexts import popped_app

    context = Flask("shop").app_context()
    popped_app(context)
    assert record_of(context) is None


@pytest.mark.parametrize("kind", ["app_context", "test_request_context"])
def test_a_pop_shows_what_is_bound_below(kind: str) -> None:
    """A context whose coroutine is over does not come back with the pop of a later one."""
    make: Callable[[], Any] = getattr(Flask("shop"), kind)
    with watched():
        copy_context().run(make().push)
        lost = here().app
        assert lost is not None
        with make() as context:
            assert context in (here().app, here().request)
        assert (here().app, here().request) == (None, None)
        assert record_of(lost) is not None


def test_a_context_of_another_thread_is_not_this_ones() -> None:
    """What came along with a copied context, and what is over, this thread did not push."""
    app = Flask("shop")
    with watched() as test, app.app_context() as outer:
        copied = copy_context()
        assert here().app is outer

        def work() -> None:
            copied.run(under)

        def under() -> None:
            here().app = outer
            with app.test_request_context():
                pass
            found.append(here().app)

        found: list[Any] = []
        run_thread(work)
    assert found == [None]
    assert not test.recorder.noted


def test_what_stands_is_told_from_the_top() -> None:
    """Requests, then applications, each once however often it is pushed, down to the unknown."""
    app = Flask("shop")
    unknown = app.app_context()
    unknown.push()
    unknown._pytest_flaskctx = None  # type: ignore[attr-defined]
    with watched():
        first, second = app.test_request_context(), Flask("bar").app_context()
        first.push()
        first.push()
        second.push()
        stands = [list(each) for each in standing(here())]
        second.pop()
        first.pop()
        first.pop()
        assert [list(each) for each in standing(here())] == [[], []]
    unknown.pop()
    assert stands == [[first], [second]]


WAITS: dict[str, Callable[[Future[int], threading.Thread], object]] = {
    "result": lambda future, thread: future.result(PATIENCE),
    "exception": lambda future, thread: future.exception(PATIENCE),
    "join": lambda future, thread: thread.join(PATIENCE),
    "wait": lambda future, thread: wait([future]),
}


@pytest.mark.parametrize("way", WAITS)
def test_who_stands_in_a_wait_waits(way: str) -> None:
    """A thread that stands in ``result``, ``join`` or ``wait`` waits for somebody's result."""
    future: Future[int] = Future()
    go = threading.Event()
    target = threading.Thread(target=go.wait, args=(PATIENCE,))
    target.start()
    waiter = threading.Thread(target=WAITS[way], args=(future, target))
    waiter.start()
    try:
        for _ in range(10_000):
            if waits(waiter.ident or 0):
                break
            go.wait(0.001)
        assert waits(waiter.ident or 0)
    finally:
        future.set_result(1)
        go.set()
        waiter.join(PATIENCE)
        target.join(PATIENCE)
    assert not waits(waiter.ident or 0)


def test_who_is_busy_does_not_wait() -> None:
    """The thread that asks stands in no wait, and one of an unknown number nowhere."""
    assert not waits(threading.get_ident())
    assert not waits(-1)


def deep(depth: int) -> bool:
    """Ask from far inside."""
    return deep(depth - 1) if depth else waits(threading.get_ident())


def test_only_the_innermost_frames_are_looked_at() -> None:
    """A wait far outside is somebody else's."""
    assert not deep(40)
