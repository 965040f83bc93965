"""Tasks that outlive their request: what goes along with one, and which waits count."""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed, wait
from contextlib import contextmanager, suppress
from contextvars import Context, copy_context
from functools import partial
from multiprocessing.pool import ThreadPool
from typing import Any

import pytest
from flask import Flask, copy_current_request_context, current_app, request, stream_with_context
from flask.globals import app_ctx, request_ctx
from watching import PATIENCE, Watched, application, run_thread, serve, watched

from pytest_flaskctx.board import board
from pytest_flaskctx.probes import outliving
from pytest_flaskctx.tasks import Task
from pytest_flaskctx.threadstate import ThreadState

OUTLIVES = ["FCX204"]
Work = Callable[..., Any]
copied: Callable[[Work], Work] = copy_current_request_context


def work(*things: Any, **named: Any) -> str:
    """Take anything, and use none of it."""
    return "done"


def forward(function: Work, *args: Any) -> Any:
    """Hand on."""
    return function(*args)


@contextmanager
def pooled(workers: int = 2) -> Iterator[tuple[Watched, ThreadPoolExecutor]]:
    """Watch the block, with a pool for its requests."""
    with watched() as watch, ThreadPoolExecutor(workers) as pool:
        yield watch, pool


def codes(watch: Watched) -> list[str]:
    """Wait for the tasks, and return the codes of what is found."""
    watch.engine.wait(watch.trial, PATIENCE)
    assert not watch.engine.disabled
    return sorted(finding.code for finding in watch.findings())


def found(view: Callable[[ThreadPoolExecutor], object]) -> list[str]:
    """Return the codes of what is found when a view hands over."""
    with pooled() as (watch, pool):
        serve(lambda: view(pool))
        return codes(watch)


# --- what goes along


class Sender(threading.Thread):
    """Keeps a context for itself."""

    def __init__(self, context: Any) -> None:
        super().__init__()
        self.context = context

    def run(self) -> None:
        """Do without it."""


CARRIED: dict[str, Callable[[ThreadPoolExecutor], object]] = {
    "copied": lambda pool: pool.submit(copied(work)),
    "copied, as an argument": lambda pool: pool.submit(forward, copied(work)),
    "copied, in a partial": lambda pool: pool.submit(partial(copied(work), 1)),
    "copied, in a closure": lambda pool: pool.submit(enclosing(copied(work))),
    "copied, by name": lambda pool: pool.submit(work, it=copied(work)),
    "copied, as a default": lambda pool: pool.submit(defaulting(copied(work))),
    "the context": lambda pool: pool.submit(work, real(request_ctx)),
    "a copy of it": lambda pool: pool.submit(work, request_ctx.copy()),
    "its application context": lambda pool: pool.submit(work, real(app_ctx)),
    "a thread's own": lambda pool: Sender(request_ctx.copy()).start(),
    "a thread's own variables": lambda pool: Sender(copy_context()).start(),
    "all variables": lambda pool: pool.submit(work, copy_context()),
    "run in all variables": lambda pool: pool.submit(copy_context().run, work),
    "a timer": lambda pool: threading.Timer(0, copied(work)).start(),
    "a thread": lambda pool: threading.Thread(target=copied(work)).start(),
    "a map": lambda pool: pool.map(copied(work), [1]),
}


def real(proxy: Any) -> Any:
    """Return the object behind a proxy."""
    return proxy._get_current_object()


def enclosing(function: Work) -> Work:
    """Return a function with another one in its closure."""
    return lambda: function()


def defaulting(function: Work) -> Work:
    """Return a function with another one as its default."""

    def run(function: Work = function) -> Any:
        return function()

    return run


@pytest.mark.parametrize("way", CARRIED)
def test_each_way_to_take_a_context_along(way: str) -> None:
    """Nobody waits for the task, so it is told of where it is handed over."""
    assert found(CARRIED[way]) == OUTLIVES


@pytest.mark.parametrize("inherits", [False, True])
def test_a_thread_that_is_made_to_run_in_a_context(
    monkeypatch: pytest.MonkeyPatch, inherits: bool
) -> None:
    """From Python 3.14 on; what each thread inherits nobody handed over."""

    def view() -> None:
        for context in (None, Context(), copy_context()):
            thread = threading.Thread(target=work)
            vars(thread)["_context"] = context
            thread.start()

    with watched() as watch:
        monkeypatch.setattr(board, "inherits", inherits)
        serve(view)
        assert codes(watch) == ([] if inherits else OUTLIVES)
        assert [finding.count for finding in watch.findings()] == [1] * (not inherits)


def test_what_a_thread_inherits_lies_among_its_attributes() -> None:
    """So it is not known there of which variables it was given."""
    with watched(inherit=True) as watch:
        serve(lambda: Sender(None).start())
        serve(lambda: Sender(copy_context()).start())
        assert codes(watch) == []


NOT_THE_REQUESTS: dict[str, Callable[[ThreadPoolExecutor], object]] = {
    "a value": lambda pool: pool.submit(work, request.args["size"]),
    "an app context of its own": lambda pool: pool.submit(work, fresh_app_context()),
    "a request made up": lambda pool: pool.submit(work, current_app.test_request_context("/")),
    "empty variables": lambda pool: pool.submit(Context().run, work),
    "no context at all": lambda pool: pool.submit([].append, 1),
}


def fresh_app_context() -> Any:
    """Return an application context that nobody pushed."""
    return current_app.app_context()


@pytest.mark.parametrize("way", NOT_THE_REQUESTS)
def test_what_is_not_the_requests_may_outlive_it(way: str) -> None:
    """It does not end with the request."""
    assert found(NOT_THE_REQUESTS[way]) == []


def test_another_requests_context_is_not_this_ones() -> None:
    """What is left of a request that is over has nothing to outlive."""
    kept: list[Work] = []
    with pooled() as (watch, pool):
        serve(lambda: kept.append(copied(work)))
        serve(lambda: pool.submit(kept[0]))
        assert codes(watch) == []


def test_outside_any_request_nothing_is_told() -> None:
    """The test's own thread may do as it likes."""
    with pooled() as (watch, pool), Flask("shop").app_context():
        pool.submit(work, real(app_ctx)).result()
        assert codes(watch) == []


# --- what counts as waiting


def leave_the_pool(function: Work) -> None:
    """Wait by leaving a ``with``."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(function)


def leave_the_pool_with_a_callback(function: Work) -> None:
    """Likewise, for what is called back: a result alone says nothing of that."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(work).add_done_callback(function)


def get_a_result_and_its_callback(function: Work) -> None:
    """Wait for a future that calls back."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(work)
        future.add_done_callback(function)
        assert future.result(PATIENCE) == "done"


def join(function: Work) -> None:
    """Wait for a thread."""
    thread = threading.Thread(target=function)
    thread.start()
    thread.join()


def call_off(function: Work) -> None:
    """Start a timer, and call it off."""
    timer = threading.Timer(PATIENCE, function)
    timer.start()
    timer.cancel()


def call_off_in_the_pool(function: Work) -> None:
    """Cancel what has not begun, or has: whoever asks does not know."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(function)
        future.cancel()


def be_refused(function: Work) -> None:
    """Hand over to a pool that takes nothing any more."""
    pool = ThreadPoolExecutor(1)
    pool.shutdown()
    with pytest.raises(RuntimeError):
        pool.submit(function)


def be_refused_by_a_threadpool(function: Work) -> None:
    """Likewise."""
    pool = ThreadPool(1)
    pool.close()
    with pytest.raises(ValueError, match="not running"):
        pool.apply_async(function)


def wait_for_an_event(function: Work) -> None:
    """Wait for what the task says itself, which may be said already."""
    done = threading.Event()
    threading.Thread(target=then(function, done.set)).start()
    assert done.wait(PATIENCE)
    assert done.wait(PATIENCE)


def take_from_a_queue(function: Work) -> None:
    """Wait for what the task brings."""
    brought: queue.Queue[object] = queue.Queue()
    threading.Thread(target=then(function, partial(brought.put, 1))).start()
    assert brought.get(timeout=PATIENCE) == 1


def keep_a_promise(function: Work) -> None:
    """Wait for a future made by hand, which somebody else is called back by."""
    promise: Future[int] = Future()
    promise.add_done_callback(copied(work))
    threading.Thread(target=then(function, partial(promise.set_result, 1))).start()
    assert promise.result(PATIENCE) == 1


def then(function: Work, after: Work) -> Work:
    """Return what calls two functions."""

    def both() -> None:
        function()
        after()

    return both


def ask_until_it_is_so(function: Work) -> None:
    """Wait by asking again and again."""
    thread = threading.Thread(target=function)
    thread.start()
    while thread.is_alive():
        pass


def take_a_lock(function: Work) -> None:
    """Wait by what is written in C."""
    lock = threading.Lock()
    lock.acquire()
    threading.Thread(target=forward, args=(then(function, lock.release),)).start()
    assert lock.acquire(timeout=PATIENCE)


def take_from_a_simple_queue(function: Work) -> None:
    """Likewise."""
    items = queue.SimpleQueue[int]()
    threading.Thread(target=then(function, partial(items.put, 1))).start()
    assert items.get(timeout=PATIENCE) == 1


def take_a_semaphore(function: Work) -> None:
    """Wait by what does not wait at all, if the task was quick."""
    semaphore = threading.Semaphore(0)
    threading.Thread(target=then(function, semaphore.release)).start()
    assert semaphore.acquire(timeout=PATIENCE)


def meet_at_a_barrier(function: Work) -> None:
    """Wait for each other."""
    barrier = threading.Barrier(2)
    threading.Thread(target=then(function, barrier.wait)).start()
    barrier.wait(PATIENCE)


def get_of_a_threadpool(function: Work) -> None:
    """Wait for results of a ``ThreadPool``, each way there is."""
    with ThreadPool(1) as pool:
        pool.apply_async(function).get(PATIENCE)
        pool.apply_async(copied(work), callback=lambda result: None).wait(PATIENCE)
        assert pool.map(copied(work), [1]) == ["done"]
        assert list(pool.imap(copied(work), [1])) == ["done"]


def join_a_threadpool(function: Work) -> None:
    """Wait for a ``ThreadPool`` to be done."""
    pool = ThreadPool(1)
    pool.apply_async(function)
    pool.close()
    pool.join()


def await_a_thread(function: Work) -> None:
    """Let an event loop wait."""

    async def main() -> None:
        await asyncio.to_thread(function)
        await asyncio.get_running_loop().run_in_executor(None, copied(work))

    asyncio.run(main())


WAITS = [
    leave_the_pool, leave_the_pool_with_a_callback, get_a_result_and_its_callback, join, call_off,
    call_off_in_the_pool, be_refused, be_refused_by_a_threadpool, wait_for_an_event,
    take_from_a_queue, keep_a_promise, ask_until_it_is_so, take_a_lock, take_from_a_simple_queue,
    take_a_semaphore, meet_at_a_barrier, get_of_a_threadpool, join_a_threadpool, await_a_thread,
]  # fmt: skip


@pytest.mark.parametrize("way", WAITS)
def test_a_request_that_waits(way: Callable[[Work], None]) -> None:
    """A context does not outlive a request that makes sure of it, or may have."""
    with watched() as watch:
        serve(lambda: way(copied(work)))
        assert codes(watch) == []


FUTURES: list[Callable[[ThreadPoolExecutor], object]] = [
    lambda pool: wait([pool.submit(copied(work))]),
    lambda pool: [*as_completed([pool.submit(copied(work))])],
    lambda pool: [*pool.map(copied(work), [1])],
    lambda pool: pool.submit(copied(work)).result(),
    lambda pool: pool.submit(copied(work)).exception(),
]


@pytest.mark.parametrize("view", FUTURES)
def test_a_request_that_waits_for_futures(view: Callable[[ThreadPoolExecutor], object]) -> None:
    """By any function of ``concurrent.futures``."""
    assert found(view) == []


def test_waiting_for_another_task_is_none() -> None:
    """What the program waits for is known: it is not this task, however soon that is done."""

    def view(pool: ThreadPoolExecutor) -> None:
        pool.submit(copied(work))
        pool.submit(work).result()
        wait([pool.submit(work), pool.submit(work)])
        join(work)
        leave_the_pool(work)

    assert found(view) == OUTLIVES


def in_pool(pool: ThreadPoolExecutor, task: Work) -> Future[Any]:
    """Submit a task."""
    return pool.submit(task)


def in_thread(pool: ThreadPoolExecutor, task: Work) -> threading.Thread:
    """Start a thread for a task."""
    thread = threading.Thread(target=task)
    thread.start()
    return thread


def settle(it: Any) -> None:
    """See to it that a task is over, by no wait that anybody sees."""

    def look() -> None:
        while it in threading.enumerate() or getattr(it, "_state", "FINISHED") != "FINISHED":
            pass

    run_thread(look)


ASKS: dict[str, tuple[Callable[[ThreadPoolExecutor, Work], Any], Callable[[Any], object]]] = {
    "nothing": (in_pool, lambda future: None),
    "done": (in_pool, lambda future: future.done()),
    "exception": (in_pool, lambda future: future.exception(0)),
    "is_alive": (in_thread, lambda thread: thread.is_alive()),
    "join": (in_thread, lambda thread: thread.join(0)),
    "cancel": (in_pool, lambda future: future.cancel()),
}


@pytest.mark.parametrize("quick", [False, True])
@pytest.mark.parametrize("way", ASKS)
def test_how_quick_a_task_is_does_not_count(way: str, quick: bool) -> None:
    """Whoever asks after it may be waiting, whether the answer is yes or no; nobody else is."""
    hand, ask = ASKS[way]
    go = threading.Event()

    def view() -> None:
        it = hand(pool, copied(lambda: go.wait(PATIENCE) and None))
        if quick:
            go.set()
            settle(it)
        with suppress(TimeoutError):
            ask(it)

    with pooled() as (watch, pool):
        serve(view)
        go.set()
        assert codes(watch) == (OUTLIVES if way == "nothing" else [])


def test_what_the_request_may_have_waited_for() -> None:
    """A view that waits for an event gets the benefit of the doubt, even if the task runs on.

    One that sets the event as its last act may be at its last steps when the context is popped.
    """
    begun, go = threading.Event(), threading.Event()

    def linger() -> None:
        begun.set()
        go.wait(PATIENCE)

    def view(pool: ThreadPoolExecutor) -> None:
        pool.submit(copied(linger))
        assert begun.wait(PATIENCE)

    with pooled() as (watch, pool):
        serve(lambda: view(pool))
        go.set()
        assert codes(watch) == []


def test_waiting_when_the_request_is_over() -> None:
    """The test waits, not the request."""
    futures: list[Future[str]] = []
    with pooled() as (watch, pool):
        serve(lambda: futures.append(pool.submit(copied(work))))
        assert futures[0].result(PATIENCE) == "done"
        assert codes(watch) == OUTLIVES


def test_calling_off_when_the_request_is_over() -> None:
    """By then it might have run."""
    futures: list[Future[str]] = []
    go = threading.Event()
    with pooled(1) as (watch, pool):
        pool.submit(go.wait, PATIENCE)
        serve(lambda: futures.append(pool.submit(copied(work))))
        assert futures[0].cancel()
        go.set()
        assert codes(watch) == OUTLIVES


def test_waiting_in_a_function_that_runs_after_the_view() -> None:
    """What runs before the context is popped belongs to the request."""
    futures: list[Future[str]] = []
    with pooled() as (watch, pool):
        app = application(lambda: futures.append(pool.submit(copied(work))))
        app.teardown_request(lambda error: [each.result(PATIENCE) for each in futures] and None)
        app.test_client().get("/order/tea")
        assert codes(watch) == []


def test_a_response_that_streams_in_its_context() -> None:
    """Flask may pop the context and push it again: the request ends with the last item."""
    app = Flask("shop")
    with pooled() as (watch, pool):

        def items(future: Future[str]) -> Iterator[str]:
            yield future.result(PATIENCE)

        def answers(brought: queue.Queue[str]) -> Iterator[str]:
            yield brought.get(timeout=PATIENCE)

        @app.get("/known")
        def known() -> Any:
            return stream_with_context(items(pool.submit(copied(work))))

        @app.get("/unknown")
        def unknown() -> Any:
            brought: queue.Queue[str] = queue.Queue()
            pool.submit(copied(brought.put), "done")
            return stream_with_context(answers(brought))

        @app.get("/alone")
        def alone() -> Any:
            return items(pool.submit(copied(work)))

        for path in ("/known", "/unknown"):
            assert app.test_client().get(path).text == "done"
        assert codes(watch) == []
        assert app.test_client().get("/alone").text == "done"
        assert codes(watch) == OUTLIVES


def test_a_lock_among_the_attributes_says_nothing() -> None:
    """Many objects have one; only what is handed over for this task may be its signal."""

    class Locked:
        def __init__(self) -> None:
            self.lock = threading.Lock()

        def run(self) -> None:
            pass

    assert found(lambda pool: pool.submit(copied(Locked().run))) == OUTLIVES


@pytest.mark.parametrize("over", [False, True])
def test_a_done_callback(over: bool) -> None:
    """Whether it runs in its own registration or later, which is luck, nobody waits for it."""

    def view(pool: ThreadPoolExecutor) -> None:
        future = pool.submit(work)
        if over:
            settle(future)
        future.add_done_callback(copied(lambda done: done.result()))

    assert found(view) == OUTLIVES


def test_a_callback_that_takes_the_result_is_not_the_request() -> None:
    """It asks a future that is done, and nobody waits for that."""

    def view(pool: ThreadPoolExecutor) -> None:
        pool.submit(copied(work)).add_done_callback(lambda done: done.result())

    assert found(view) == OUTLIVES


def test_what_runs_at_once_is_over() -> None:
    """An executor of a test runs it during the hand-over."""

    class AtOnce(Executor):
        def submit(self, fn: Work, /, *args: Any, **kwargs: Any) -> Future[Any]:
            future: Future[Any] = Future()
            future.set_result(fn(*args, **kwargs))
            return future

    assert found(lambda pool: AtOnce().submit(copied(work))) == []


@pytest.mark.parametrize("outer", [False, True])
@pytest.mark.parametrize("inner", ["waits", "leaves", "is told"])
@pytest.mark.parametrize("way", [copied, lambda run: partial(copy_context().run, run)])
def test_a_task_of_a_task(outer: bool, inner: str, way: Callable[[Work], Work]) -> None:
    """What a task hands over is told where the task itself is not, and waited for by either."""

    def run() -> None:
        said = threading.Event()
        future = pool.submit(way(then(work, said.set)))
        if inner == "waits":
            future.result(PATIENCE)
        if inner == "is told":
            assert said.wait(PATIENCE)

    def view() -> None:
        future = pool.submit(way(run))
        if outer:
            future.result(PATIENCE)

    with pooled(3) as (watch, pool):
        serve(view)
        told = codes(watch)
        lines = {finding.function.rpartition(".")[2] for finding in watch.findings()}
    if outer:
        assert (told, lines) == ((OUTLIVES, {"run"}) if inner == "leaves" else ([], set()))
    else:
        assert (told, lines) == (OUTLIVES, {"view"})


def test_a_task_that_never_ends_hands_over() -> None:
    """It has waited for nothing by the end of the drain, and the request for neither."""
    handed, go = threading.Event(), threading.Event()

    def run() -> None:
        pool.submit(copied(work))
        handed.set()
        assert go.wait(PATIENCE)

    with pooled() as (watch, pool):
        serve(lambda: pool.submit(copied(run)))
        assert handed.wait(PATIENCE)
        watch.drain(0)
        assert {finding.code for finding in watch.findings()} == set(OUTLIVES)
        go.set()


def test_an_async_view() -> None:
    """Its body runs as a task that the request waits for; what that hands over, it may not."""
    pytest.importorskip("asgiref")

    def codes_of(*, waits: bool) -> list[str]:
        with pooled() as (watch, pool):
            app = Flask("shop")

            @app.get("/")
            async def view() -> str:
                await asyncio.to_thread(work)
                future = pool.submit(copied(work))
                return await asyncio.wrap_future(future) if waits else "done"

            assert app.test_client().get("/").text == "done"
            return codes(watch)

    assert codes_of(waits=True) == []
    assert codes_of(waits=False) == OUTLIVES


def test_a_server_that_is_a_task_itself() -> None:
    """Nobody waits for a live server's thread, and a view in it may wait for its own tasks."""
    with pooled() as (watch, pool):
        run_thread(lambda: serve(lambda: pool.submit(copied(work)).result()))
        assert codes(watch) == []
        run_thread(lambda: serve(lambda: pool.submit(copied(work))))
        assert codes(watch) == OUTLIVES


def test_a_context_that_is_over_has_nothing_to_outlive() -> None:
    """In the test's body, a client keeps the context of its last request."""
    app = application(lambda: "tea")
    with pooled() as (watch, pool), app.test_client() as client:
        client.get("/order/tea")
        pool.submit(copied(work))
        assert codes(watch) == []


def test_a_client_that_keeps_the_context_is_not_the_request() -> None:
    """What the test's body waits for under it changes nothing."""
    app = application(lambda: pool.submit(copied(work)))
    said = threading.Event()
    said.set()
    with pooled() as (watch, pool):
        with app.test_client() as client:
            client.get("/order/tea")
            assert said.wait(PATIENCE)
        assert codes(watch) == OUTLIVES


def test_waits_of_several_requests() -> None:
    """Each counts for its own tasks only."""
    futures: list[Future[str]] = []

    def begin() -> None:
        futures.append(pool.submit(copied(work)))

    def ask() -> None:
        assert futures[0].result(PATIENCE) == "done"

    with pooled() as (watch, pool):
        serve(begin)
        serve(ask)
        assert codes(watch) == OUTLIVES


# --- what is told


def test_a_use_of_the_context_says_more() -> None:
    """Where the carried context is read too late, that is what is wrong."""
    over = threading.Event()

    def read() -> str:
        assert over.wait(PATIENCE)
        return request.path

    with pooled() as (watch, pool):
        serve(lambda: pool.submit(copy_context().run, read))
        over.set()
        assert codes(watch) == ["FCX201"]


def test_a_hand_over_in_a_loop_is_one_finding() -> None:
    """It is counted, and told after the drain, once however often that comes."""
    with pooled() as (watch, pool):
        serve(lambda: [pool.submit(copied(work)) for _ in range(3)])
        assert watch.recorder.noted == []
        assert codes(watch) == OUTLIVES
        (finding,) = watch.findings()
        assert finding.count == 3
        assert finding.handover is not None
        assert finding.handover.site == finding.site
        watch.drain()
        assert watch.findings()[0].count == 3


def test_nothing_is_told_while_waits_are_not_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The request might have waited."""

    def view(pool: ThreadPoolExecutor) -> None:
        pool.submit(copied(work))
        monkeypatch.setattr(board, "waits_unseen", True)

    assert found(view) == []


def test_a_test_that_is_over() -> None:
    """What comes late is booked at once, and as late."""
    with pooled() as (watch, pool):
        context = application(work).test_request_context("/order/tea")
        context.push()
        pool.submit(copied(work))
        watch.engine.end(watch.trial)
        context.pop()
        assert watch.recorder.noted[-1].incident.kind == "outlives-request"
        assert watch.engine.hub.take_late() == [watch.recorder]


@pytest.mark.parametrize("waits", [False, True])
def test_something_else_may_be_told_of_a_task(monkeypatch: pytest.MonkeyPatch, waits: bool) -> None:
    """All that asked for that are called, once, and none for a task that is waited for."""
    told: list[str] = []

    def handed(task: Task, thread: ThreadState, _carried: object, given: Any) -> None:
        for word in ("first", "second"):
            outliving.when_outlived(task, thread, given, partial(told.append, word))

    def view(pool: ThreadPoolExecutor) -> None:
        future = pool.submit(copied(work))
        if waits:
            future.result()

    monkeypatch.setattr(outliving, "handed", handed)
    assert found(view) == []
    assert told == ([] if waits else ["first", "second"])
