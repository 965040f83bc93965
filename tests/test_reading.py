"""Readings: what an access finds of a context that its thread did not push."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

import pytest
from flask import Flask, current_app, g, request
from watching import PATIENCE, Watched, application, run_thread, serve, watched

from pytest_flaskctx.board import board
from pytest_flaskctx.facts import ContextFact, RequestFact
from pytest_flaskctx.reading import Closed, Reading, waits
from pytest_flaskctx.recorder import Recorder
from pytest_flaskctx.records import ContextRecord
from pytest_flaskctx.tasks import RequestRecord, Task, Waited
from pytest_flaskctx.threadstate import here

TEA = RequestFact("GET", "/order/<name>", "order")


def fact(watch: Watched) -> ContextFact:
    """Return what is known of the one context that was read."""
    (access,) = watch.accesses
    assert access.context is not None
    return access.context


def carried(work: Callable[[], object]) -> Callable[[], object]:
    """Return ``work`` so that it runs in a copy of the context that is bound now."""
    return partial(contextvars.copy_context().run, work)


def test_a_lent_context_is_its_owners() -> None:
    """A thread that runs in a copy of the view's variables reads its owner's context, alive."""
    with watched() as watch:
        serve(lambda: run_thread(carried(lambda: request.path)))
    assert fact(watch) == ContextFact(
        request=TEA,
        owner=threading.current_thread().name,
        own=False,
        over=False,
        same_request=True,
        owner_waits=True,
    )


def later(use: Callable[[], object]) -> ContextFact:
    """Return what ``use`` finds in the context of a request that is over."""
    go = threading.Event()
    threads: list[threading.Thread] = []

    def late() -> None:
        go.wait(PATIENCE)
        use()

    def view() -> None:
        threads.append(threading.Thread(target=carried(late)))
        threads[0].start()

    with watched() as watch:
        serve(view)
        go.set()
        threads[0].join(PATIENCE)
        return fact(watch)


def test_a_carried_context_may_be_over() -> None:
    """The same after the response: the context is over, and who waits then waits in vain."""
    context = later(lambda: str(g))
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
    assert context.request == TEA
    assert not context.same_app


@pytest.mark.parametrize("read", [lambda: request.path, lambda: current_app.name])
def test_words_are_read_when_the_context_is(read: Callable[[], object]) -> None:
    """Where nothing was handed over, nobody had asked whose request it was."""
    contexts: list[contextvars.Context] = []
    with watched() as watch:
        serve(lambda: contexts.append(contextvars.copy_context()))
        contexts[0].run(read)
    context = fact(watch)
    assert context.request == TEA
    assert (context.own, context.over) == (True, True)


def test_words_of_a_request_that_is_bound_no_more_are_not_known() -> None:
    """Its application context is there, beside another request of the thread's own."""
    app = application(lambda: contexts.append(contextvars.copy_context()))
    contexts: list[contextvars.Context] = []

    def read() -> None:
        with app.test_request_context("/order/mug"):
            str(g)

    with watched() as watch:
        app.test_client().get("/order/tea")
        contexts[0].run(read)
        (found,) = watch.findings()
    context = found.context
    assert context is not None
    assert (context.request, context.of_request, context.over) == (None, True, True)
    assert context.beneath
    assert (found.proxy, found.message) == ("g", "`g` used after its request was over")


def test_an_app_context_by_itself_is_of_no_request() -> None:
    """What a test pushes outside any request belongs to none, and is not the task's app's."""
    with watched() as watch, Flask("shop").app_context():
        run_thread(carried(lambda: current_app.name))
    context = fact(watch)
    assert (context.request, context.of_request, context.same_app) == (None, False, False)
    assert context.owner_waits


def test_the_app_of_the_tasks_request_is_the_same_app() -> None:
    """A task of one request that reads another context of the same application."""
    app = application(lambda: run_thread(lambda: kept[0].run(lambda: current_app.name)))
    kept: list[contextvars.Context] = []
    with watched() as watch:
        with app.app_context():
            kept.append(contextvars.copy_context())
        app.test_client().get("/order/tea")
    context = fact(watch)
    assert (context.same_app, context.same_request, context.of_request) == (True, False, False)


def test_a_request_within_another_works_in_its_app_context() -> None:
    """Up to Flask 3.1 it pushes none of its own: what a fixture holds is the request's as well."""
    app = application(lambda: run_thread(carried(lambda: g.get("name"))))
    with watched() as watch:
        with app.test_request_context("/order/mug"):
            app.test_client().get("/order/tea")
            assert not watch.findings()
        for access in watch.accesses:
            assert access.context is not None
            assert access.context.same_request


def test_what_a_client_keeps_is_over_for_the_views_tasks_only() -> None:
    """The test's body may lend it to a task of its own."""
    go = threading.Event()
    threads: list[threading.Thread] = []

    def work() -> None:
        go.wait(PATIENCE)
        str(request.path)

    def start() -> None:
        threads.append(threading.Thread(target=carried(work)))
        threads[-1].start()

    with watched() as watch:
        with application(start).test_client() as client:
            client.get("/order/tea")
            go.set()
            threads[0].join(PATIENCE)
            start()
            threads[1].join(PATIENCE)
        contexts = [access.context for access in watch.accesses]
    assert [(each.over, each.owner_waits) for each in contexts if each] == [
        (True, False),
        (False, True),
    ]


def lent(view: Callable[[Callable[[], None], threading.Event], object]) -> ContextFact:
    """Return what a use in a thread finds while ``view`` goes on as it likes.

    The view is given what starts the thread, and the event that tells of the use.
    """
    used = threading.Event()
    threads: list[threading.Thread] = []

    def use() -> None:
        str(request.path)
        used.set()

    def start() -> None:
        threads.append(threading.Thread(target=carried(use)))
        threads[0].start()

    with watched() as watch:
        serve(lambda: view(start, used))
        threads[0].join(PATIENCE)
        return fact(watch)


def test_who_waited_by_then_waited_for_something_else() -> None:
    """A wait that was over before the use is none for it."""

    def view(start: Callable[[], None], used: threading.Event) -> None:
        ready = threading.Event()
        ready.set()
        ready.wait(PATIENCE)
        start()
        while not used.is_set():
            pass

    assert not lent(view).owner_waits


def test_who_waits_after_the_use_waits_for_it() -> None:
    """However late, and though there is nothing to wait for by then."""

    def view(start: Callable[[], None], used: threading.Event) -> None:
        start()
        while not used.is_set():
            pass
        used.wait(PATIENCE)

    assert lent(view).owner_waits


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

    context = fact(asynchronous(view))
    assert (context.own, context.over, context.owner_waits) == (False, False, True)


def test_a_thread_of_an_async_view_borrows_too() -> None:
    """``asyncio.to_thread`` takes the context along, two threads away from its owner."""
    pytest.importorskip("asgiref")

    async def view() -> str:
        return await asyncio.to_thread(lambda: request.path)

    context = fact(asynchronous(view))
    assert (context.own, context.over, context.same_request) == (False, False, True)
    assert context.owner_waits


LOOPS: dict[str, Callable[[Any], object]] = {
    "asyncio.run": asyncio.run,
    "run_until_complete": lambda main: asyncio.new_event_loop().run_until_complete(main),
}


@pytest.mark.parametrize("way", LOOPS)
def test_who_runs_a_loop_waits_for_all_that_is_awaited_there(way: str) -> None:
    """A thread of the loop finds its owner waiting, for as long as the loop runs."""
    found: list[bool] = []

    async def main() -> None:
        owner = threading.get_ident()
        await asyncio.to_thread(lambda: found.append(waits(owner)))

    LOOPS[way](main())
    assert found == [True]
    assert not waits(threading.get_ident())


def test_a_thread_of_an_unknown_number_does_not_wait() -> None:
    """It may have ended since."""
    assert not waits(-1)


def deep(depth: int) -> bool:
    """Ask from far inside."""
    return deep(depth - 1) if depth else waits(threading.get_ident())


def test_only_the_innermost_frames_are_looked_at() -> None:
    """A loop far outside is somebody else's."""

    async def main() -> tuple[bool, bool]:
        return deep(2), deep(80)

    assert asyncio.run(main()) == (True, False)


@pytest.fixture
def recorder() -> Any:
    """The recorder of a test that is watched."""
    with watched() as watch:
        yield watch.recorder


def task(recorder: Recorder, request: RequestRecord | None) -> Task:
    """Return a task of ``request``."""
    return Task("submit", (), "main", request, recorder, None)


def reading(record: ContextRecord, **changes: Any) -> Reading:
    """Return a reading of a context that is alive and another thread's."""
    found = Reading(
        record,
        owner="main",
        own=False,
        over=False,
        same_request=True,
        same_app=True,
        beneath=False,
        waiting=False,
        outside=False,
        turns=here().turns,
    )
    return found._replace(**changes)


def test_a_task_that_its_request_waited_for_is_waited_for(recorder: Recorder) -> None:
    """Its future's result was asked for, before or after the use."""
    request_record = RequestRecord(recorder)
    record = ContextRecord(here(), request_record, ())
    asking = task(recorder, request_record)
    mark = Waited()
    asking.waits = (mark,)
    assert not reading(record).fact(asking).owner_waits
    mark.by = (request_record,)
    assert reading(record).fact(asking).owner_waits
    assert not reading(record).fact(None).owner_waits


def test_waits_after_the_end_do_not_count(recorder: Recorder) -> None:
    """How often the owner had waited is noted when the context is over."""
    record = ContextRecord(here(), None, ())
    before = reading(record, turns=here().turns - 1)
    assert before.fact(None).owner_waits
    record.turns = here().turns - 1
    assert not before.fact(None).owner_waits


def test_an_owner_may_wait_while_waits_are_not_seen(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is accused of not having waited."""
    found = reading(ContextRecord(here(), RequestRecord(recorder), ()))
    monkeypatch.setattr(board, "waits_unseen", True)
    context = found.fact(None)
    assert context.owner_waits


def test_a_context_comes_with_the_thread_of_whoever_started_it(recorder: Recorder) -> None:
    """And with the task where that is of the same request, or where the thread is the task."""
    first, second = RequestRecord(recorder), RequestRecord(recorder)
    found = reading(ContextRecord(here(), first, ()))
    start, other = task(recorder, first), task(recorder, second)
    assert found.came_with(start, other)
    assert found.came_with(start, None)
    assert not found.came_with(start, task(recorder, first))
    assert not found.came_with(start, start)
    assert not found.came_with(other, start)
    assert not found.came_with(None, other)


def test_equal_readings_have_equal_keys(recorder: Recorder) -> None:
    """What tells uses at one line apart is what they are judged by, not who waited how often."""
    record = ContextRecord(here(), None, ())
    assert reading(record).key == reading(record, turns=7, owner="other").key
    for change in ("own", "over", "waiting", "beneath"):
        assert reading(record).key != reading(record, **{change: True}).key
    for change in ("same_request", "same_app"):
        assert reading(record).key != reading(record, **{change: False}).key


def test_what_is_closed_is_over(recorder: Recorder) -> None:
    """A read that came too late finds what a context of its request would be by then."""
    request_record = RequestRecord(recorder)
    request_record.words = TEA
    closed = Closed.of(request_record, "main", None)
    assert closed.fact(None) == ContextFact(
        request=TEA, owner="main", own=False, over=True, same_request=True, owner_waits=False
    )
    assert closed.key == Closed(RequestRecord(recorder), "other").key
    assert not closed.came_with(task(recorder, request_record), None)


def test_two_uses_of_a_line_are_told_apart() -> None:
    """One while the request is there, one when it is over: the second is not taken for the first."""
    first, go = threading.Event(), threading.Event()
    threads: list[threading.Thread] = []

    def work() -> None:
        for each in (first, Future()):  # type: ignore[var-annotated]
            str(request.path)
            getattr(each, "set", lambda: None)()
            go.wait(PATIENCE)

    def view() -> None:
        threads.append(threading.Thread(target=carried(work)))
        threads[0].start()
        first.wait(PATIENCE)

    with watched() as watch:
        serve(view)
        go.set()
        threads[0].join(PATIENCE)
        contexts = [access.context for access in watch.accesses]
    assert [context and context.over for context in contexts] == [False, True]
