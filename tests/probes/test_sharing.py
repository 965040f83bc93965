"""One context for several tasks: each way to hand it over twice, and each way to do that rightly."""

from __future__ import annotations

import asyncio
import functools
import queue
import sys
import threading
import types
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed, wait
from contextlib import contextmanager
from contextvars import copy_context
from multiprocessing.pool import ThreadPool
from typing import Any

import pytest
from flask import Flask, copy_current_request_context, current_app, has_request_context, request
from watching import PATIENCE, serve, watched

from pytest_flaskctx.board import board
from pytest_flaskctx.findings import Finding
from pytest_flaskctx.probes import sharing

Work = Callable[..., Any]


class Pools:
    """A pool of each kind, and what was handed to them."""

    def __init__(self) -> None:
        self.many = ThreadPoolExecutor(4)
        self.lone = ThreadPoolExecutor(1)
        self.threads = ThreadPool(4)
        self.single = ThreadPool(1)
        self.kept: list[Any] = []

    def submit(self, work: Work, *args: Any, **kwargs: Any) -> Future[Any]:
        """Hand over to the larger pool, and remember the future."""
        future = self.many.submit(work, *args, **kwargs)
        self.kept.append(future)
        return future

    def settle(self) -> None:
        """Let everything come to its end."""
        wait(self.kept, PATIENCE)
        for pool in (self.many, self.lone):
            pool.shutdown()
        for each in (self.threads, self.single):
            each.close()
            each.join()


@contextmanager
def pools() -> Iterator[Pools]:
    """Open the pools for one view."""
    made = Pools()
    try:
        yield made
    finally:
        made.settle()


def findings(view: Callable[[Pools], object]) -> list[Finding]:
    """Return what a view comes to that has pools to use, and waits for none of its tasks."""
    with watched() as watch, pools() as made:
        serve(lambda: view(made))
        watch.engine.wait(watch.trial)
        watch.engine.end(watch.trial)
        assert not watch.engine.disabled
        return [finding for finding in watch.findings() if finding.code != "FCX204"]


def work(*args: object) -> str:
    """Use the request."""
    return request.path


def copied(function: Work = work) -> Work:
    """Return ``function`` with a copied context of its own."""
    return copy_current_request_context(function)


def app_context() -> Any:
    """Return a context of the app that serves, not pushed."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    return app.app_context()


def push(context: Any, *args: object) -> str:
    """Push a context, and use it."""
    with context:
        return current_app.name


def start(*threads: threading.Thread) -> None:
    """Start all threads, then wait for them all."""
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)


class Job:
    """Pushes a context that it keeps."""

    def __init__(self, context: Any) -> None:
        self.context = context

    def run(self) -> str:
        """Use it."""
        return push(self.context)

    __call__ = run


class Runner(threading.Thread):
    """A thread with a context."""

    def __init__(self, context: Any) -> None:
        super().__init__()
        self.context = context

    def run(self) -> None:
        """Push it."""
        push(self.context)


class AtOnce(Executor):
    """Runs each task during its hand-over."""

    def submit(self, fn: Work, /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Return a future that is done."""
        made: Future[Any] = Future()
        made.set_result(fn(*args, **kwargs))
        return made


module_context: list[Any] = []


def push_global() -> str:
    """Push what stands in the module."""
    with module_context[0]:
        return current_app.name


LEAKS: dict[str, tuple[int, Callable[[Pools], object]]] = {}
RIGHT: dict[str, Callable[[Pools], object]] = {}


def leak(count: int) -> Callable[[Callable[[Pools], object]], None]:
    """Note a view that hands one context over ``count`` times too often."""

    def note(view: Callable[[Pools], object]) -> None:
        LEAKS[view.__name__] = count, view

    return note


def right(view: Callable[[Pools], object]) -> None:
    """Note a view that is right."""
    RIGHT[view.__name__] = view


@leak(4)
def executor_map(pools: Pools) -> object:
    return list(pools.many.map(copied(), range(5)))


@leak(4)
def submit_in_a_loop(pools: Pools) -> object:
    shared = copied()
    return [pools.submit(shared, number) for number in range(5)]


@leak(1)
def other_work_in_between(pools: Pools) -> object:
    shared = copied()
    return pools.submit(shared), pools.submit(int), pools.submit(shared)


@leak(2)
def partials_of_one(pools: Pools) -> object:
    shared = copied()
    return [pools.submit(functools.partial(functools.partial(shared, n), 1)) for n in range(3)]


@leak(1)
def contexts_of_python(pools: Pools) -> object:
    shared = copied()
    return [pools.submit(copy_context().run, shared) for _ in range(2)]


@leak(1)
def contexts_of_python_one_in_the_other(pools: Pools) -> object:
    shared = copied()
    return [pools.submit(*(copy_context().run for _ in range(5)), shared) for _ in range(2)]


@leak(1)
def two_threads(pools: Pools) -> object:
    shared = copied()
    return start(*(threading.Thread(target=shared) for _ in range(2)))


@leak(1)
def two_timers(pools: Pools) -> object:
    shared = copied()
    return start(*(threading.Timer(0, shared) for _ in range(2)))


@leak(1)
def two_callbacks(pools: Pools) -> object:
    go, shared = threading.Event(), copied()
    # In one worker, so that they cannot meet here; in a view's own thread they could.
    for _ in range(2):
        pools.lone.submit(go.wait, PATIENCE).add_done_callback(shared)
    return go.set()


@leak(1)
def thread_pool_map(pools: Pools) -> object:
    return pools.threads.map(copied(), range(5))


@leak(1)
def thread_pool_map_of_an_iterator(pools: Pools) -> object:
    return pools.threads.map(copied(), iter(range(5)))


@leak(1)
def thread_pool_starmap(pools: Pools) -> object:
    return pools.threads.starmap(copied(), [(1, 2), (3, 4)])


@leak(1)
def thread_pool_imap(pools: Pools) -> object:
    return list(pools.threads.imap(copied(), range(5)))


@leak(1)
def thread_pool_in_chunks(pools: Pools) -> object:
    return list(pools.threads.imap(copied(), range(5), chunksize=3))


@leak(2)
def thread_pool_apply(pools: Pools) -> object:
    shared = copied()
    return [each.get() for each in [pools.threads.apply_async(shared) for _ in range(3)]]


@leak(4)
def items_of_a_map(pools: Pools) -> object:
    return pools.threads.map(lambda shared: shared(), [copied()] * 5, 1)


@leak(2)
def run_in_executor(pools: Pools) -> object:
    shared = copied()

    async def main() -> None:
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(loop.run_in_executor(pools.many, shared) for _ in range(3)))

    return asyncio.run(main())


@leak(2)
def to_thread(pools: Pools) -> object:
    shared = copied()

    async def main() -> None:
        await asyncio.gather(*(asyncio.to_thread(shared) for _ in range(3)))

    return asyncio.run(main())


@leak(1)
def wrapped_again(pools: Pools) -> object:
    shared = copied()

    @functools.wraps(shared)
    def timed() -> Any:
        return shared()

    return [pools.submit(timed) for _ in range(2)]


@leak(2)
def methods_of_one_object(pools: Pools) -> object:
    job = Job(app_context())
    return [pools.submit(job.run) for _ in range(3)]


@leak(2)
def one_callable_object(pools: Pools) -> object:
    job = Job(app_context())
    return [pools.submit(job) for _ in range(3)]


@leak(1)
def arguments(pools: Pools) -> object:
    context = app_context()
    return pools.submit(push, context), pools.submit(push, context=context)


@leak(1)
def arguments_of_a_thread_pool(pools: Pools) -> object:
    context = app_context()
    return [pools.threads.apply_async(push, kwds={"context": context}) for _ in range(2)]


@leak(1)
def a_module_global(pools: Pools) -> object:
    module_context[:] = [app_context()]
    return [pools.submit(push_global) for _ in range(2)]


@leak(1)
def attributes_of_threads(pools: Pools) -> object:
    context = app_context()
    return start(Runner(context), Runner(context))


@leak(1)
def again_after_a_timeout(pools: Pools) -> object:
    go = threading.Event()
    shared = copied(lambda: go.wait(PATIENCE))
    with pytest.raises(TimeoutError):
        pools.submit(shared).result(timeout=0)
    pools.submit(shared)
    return go.set()


@leak(1)
def again_after_a_wait_in_vain(pools: Pools) -> object:
    go = threading.Event()
    shared = copied(lambda: go.wait(PATIENCE))
    _, pending = wait([pools.submit(shared)], timeout=0)
    assert pending
    pools.submit(shared)
    return go.set()


@leak(1)
def two_of_a_task(pools: Pools) -> object:
    shared: Work

    @copied
    def shared(depth: int) -> None:
        if depth:
            first, second = pools.submit(shared, 0), pools.submit(shared, 0)
            first.result(), second.result()

    return pools.submit(shared, 1).result()


@leak(1)
def lent(pools: Pools) -> object:
    with app_context() as context:
        return pools.submit(push, context)


@leak(1)
def lent_in_a_closure(pools: Pools) -> object:
    with app_context() as context:
        return pools.submit(lambda: push(context))


@leak(1)
def lent_as_a_default(pools: Pools) -> object:
    with app_context() as context:

        def job(held: Any = context) -> str:
            return push(held)

        return pools.submit(job)


@leak(1)
def lent_to_a_method(pools: Pools) -> object:
    with app_context() as context:

        class Inner:
            def run(self) -> str:
                return push(context)

        return pools.submit(Inner().run)


@leak(1)
def lent_in_a_partial(pools: Pools) -> object:
    with app_context() as context:
        return pools.submit(functools.partial(push, context=context))


@right
def a_copy_for_each(pools: Pools) -> object:
    return [pools.submit(copied()) for _ in range(5)]


@right
def two_copies(pools: Pools) -> object:
    return pools.submit(copied()), pools.submit(copied())


@right
def results_in_sequence(pools: Pools) -> object:
    shared = copied()
    return [pools.many.submit(shared).result() for _ in range(3)]


@right
def waited_for_in_between(pools: Pools) -> object:
    shared = copied()
    wait([pools.submit(shared)])
    list(as_completed([pools.submit(shared)]))
    return pools.submit(shared)


@right
def joined_in_between(pools: Pools) -> object:
    shared = copied()
    for _ in range(3):
        start(threading.Thread(target=shared))
    return None


@right
def one_block_after_the_other(pools: Pools) -> object:
    shared = copied()
    for _ in range(2):
        with ThreadPoolExecutor(4) as pool:
            pool.submit(shared)
    return None


@right
def one_worker(pools: Pools) -> object:
    shared = copied()
    pools.kept += [pools.lone.submit(shared) for _ in range(3)]
    list(pools.lone.map(shared, range(3)))
    return None


@right
def one_worker_of_a_thread_pool(pools: Pools) -> object:
    shared = copied()
    return pools.single.map(shared, range(5)), list(pools.single.imap(shared, iter(range(5))))


@right
def one_chunk(pools: Pools) -> object:
    shared = copied()
    pools.threads.map(shared, [1])
    pools.threads.map(shared, [1, 2, 3], chunksize=3)
    list(pools.threads.imap(shared, [1, 2, 3], 3))
    return pools.threads.apply(shared)


@right
def nothing_to_map(pools: Pools) -> object:
    return pools.threads.map(copied(), []), list(pools.many.map(copied(), []))


@right
def an_event_in_between(pools: Pools) -> object:
    done = threading.Event()
    shared = copied(done.set)
    for _ in range(3):
        pools.submit(shared)
        assert done.wait(PATIENCE)
        done.clear()
    return None


@right
def an_event_that_is_set_already(pools: Pools) -> object:
    done = threading.Event()
    shared = copied(done.set)
    future = pools.submit(shared)
    while future._state != "FINISHED":
        pass
    assert done.wait(PATIENCE)
    return pools.submit(shared)


@right
def a_queue_in_between(pools: Pools) -> object:
    told: queue.Queue[object] = queue.Queue()
    shared = copied(lambda: told.put(False))
    for _ in range(3):
        pools.submit(shared)
        told.get(timeout=PATIENCE)
    return None


@right
def a_condition_in_between(pools: Pools) -> object:
    condition, done = threading.Condition(), []

    @copied
    def shared() -> None:
        with condition:
            done.append(1)
            condition.notify()

    for number in range(1, 4):
        pools.submit(shared)
        with condition:
            assert condition.wait_for(lambda: len(done) == number, PATIENCE)  # noqa: B023
    return None


@right
def a_semaphore_in_between(pools: Pools) -> object:
    semaphore = threading.Semaphore(1)
    shared = copied()
    for _ in range(3):
        assert semaphore.acquire(timeout=PATIENCE)
        pools.submit(shared).add_done_callback(lambda future: semaphore.release())
    return None


@right
def polled_in_between(pools: Pools) -> object:
    shared = copied()
    for _ in range(2):
        future = pools.submit(shared)
        while not future.done():
            pass
    for _ in range(2):
        result = pools.threads.apply_async(shared)
        while not result.ready():
            pass
    for _ in range(2):
        thread = threading.Thread(target=shared)
        thread.start()
        while thread.is_alive():
            pass
    return None


@right
def again_after_a_failure(pools: Pools) -> object:
    calls: list[int] = []

    @copied
    def shared() -> None:
        calls.append(1)
        assert len(calls) == 3

    while pools.submit(shared).exception() is not None:
        pass
    return len(calls)


@right
def again_in_a_callback(pools: Pools) -> object:
    calls: list[int] = []
    end = threading.Event()
    shared = copied(lambda: calls.append(1))

    def again(future: Future[Any]) -> None:
        if len(calls) == 3:
            end.set()
        else:
            pools.many.submit(shared).add_done_callback(again)

    pools.many.submit(shared).add_done_callback(again)
    return end.wait(PATIENCE)


@right
def again_in_a_callback_of_a_thread_pool(pools: Pools) -> object:
    calls: list[int] = []
    end = threading.Event()
    shared = copied(lambda: calls.append(1))

    def again(result: object) -> None:
        if len(calls) == 3:
            end.set()
        else:
            pools.threads.apply_async(shared, callback=again)

    pools.threads.apply_async(shared, callback=again)
    return end.wait(PATIENCE)


@right
def called_off_in_between(pools: Pools) -> object:
    """What never began pushes nothing: `cancel()` says so, or the executor took nothing more."""
    go, called_off, shut, refused = threading.Event(), copied(), copied(), copied()
    pools.lone.submit(go.wait, PATIENCE)
    assert pools.lone.submit(called_off).cancel()
    pools.lone.submit(shut)
    pools.lone.shutdown(wait=False, cancel_futures=True)
    with pytest.raises(RuntimeError):
        pools.lone.submit(refused)
    go.set()
    return [pools.submit(shared) for shared in (called_off, shut, refused)]


@right
def run_at_once(pools: Pools) -> object:
    """The first call is over before its hand-over is, and before what it was lent is popped."""
    shared, at_once = copied(), AtOnce()
    with app_context() as context:
        at_once.submit(push, context)
    return at_once.submit(shared).result() + at_once.submit(shared).result()


@right
def called_in_the_view_and_handed_over_once(pools: Pools) -> object:
    shared = copied()
    return shared(), pools.submit(shared)


@right
def awaited_one_after_the_other(pools: Pools) -> object:
    shared = copied()

    async def main() -> None:
        for _ in range(3):
            await asyncio.to_thread(shared)
        for _ in range(3):
            await asyncio.get_running_loop().run_in_executor(pools.many, shared)

    return asyncio.run(main())


@right
def under_a_lock(pools: Pools) -> object:
    context, lock = app_context(), threading.Lock()

    def job() -> str:
        with lock, context:
            return current_app.name

    return [pools.submit(job) for _ in range(5)]


@right
def a_lock_acquired(pools: Pools) -> object:
    shared, lock = copied(), threading.Lock()

    def job() -> None:
        assert lock.acquire(timeout=PATIENCE)
        try:
            shared()
        finally:
            lock.release()

    return [pools.submit(job) for _ in range(5)]


@right
def ordered_by_an_event(pools: Pools) -> object:
    shared, go = copied(), threading.Event()

    def first() -> None:
        shared()
        go.set()

    def second() -> None:
        assert go.wait(PATIENCE)
        shared()

    return pools.submit(second), pools.submit(first)


@right
def consumers_of_one_queue(pools: Pools) -> object:
    jobs: queue.Queue[Any] = queue.Queue()

    def consume() -> None:
        while (job := jobs.get()) is not None:
            job()
            jobs.task_done()

    threads = [threading.Thread(target=consume) for _ in range(2)]
    shared = copied()
    for thread in threads:
        thread.start()
    for _ in range(4):
        jobs.put(shared)
        jobs.join()
    for _ in threads:
        jobs.put(None)
    return [thread.join(PATIENCE) for thread in threads]


@right
def twice_in_one_task(pools: Pools) -> object:
    context = app_context()
    return pools.submit(lambda: (push(context), push(context)))


@right
def only_looked_at(pools: Pools) -> object:
    context = app_context()
    return [pools.submit(lambda held: held.app.name, context) for _ in range(3)]


@right
def lent_and_waited_for(pools: Pools) -> object:
    with app_context() as context:
        pools.submit(push, context).result()
        start(threading.Thread(target=push, args=(context,)))
    return None


@right
def lent_and_told_of_by_an_event(pools: Pools) -> object:
    done = threading.Event()

    def job(context: Any) -> None:
        push(context)
        done.set()

    with app_context() as context:
        pools.submit(job, context)
        assert done.wait(PATIENCE)
    return None


@right
def lent_to_a_timer(pools: Pools) -> object:
    with app_context() as context:
        timer = threading.Timer(0, push, [context])
        timer.start()
    return timer.join(PATIENCE)


@right
def lent_and_not_pushed(pools: Pools) -> object:
    with app_context() as context:
        return pools.submit(lambda: context.app.name)


@right
def pushed_by_nested_tasks(pools: Pools) -> object:
    context = app_context()

    def outer() -> None:
        with context:
            pools.submit(hand_on).result()

    def hand_on() -> str:
        return pools.submit(push_it).result()

    def push_it() -> str:
        return push(context)

    return pools.submit(outer).result()


@right
def handed_to_itself_and_waited_for(pools: Pools) -> object:
    shared: Work

    @copied
    def shared(depth: int) -> object:
        assert has_request_context()
        return pools.submit(shared, depth - 1).result() if depth else None

    return pools.submit(shared, 2).result()


@pytest.mark.parametrize("name", LEAKS)
def test_a_shared_context_is_found(name: str) -> None:
    """It is one finding, which fails, and is counted once for each hand-over too many."""
    count, view = LEAKS[name]
    (found,) = findings(view)
    assert (found.code, found.level, found.count) == ("FCX203", "error", count)
    assert found.handover is not None


@pytest.mark.parametrize("name", RIGHT)
def test_what_the_program_keeps_apart_is_right(name: str) -> None:
    """Nothing is found where one task is known to be over before the next."""
    assert findings(RIGHT[name]) == []


@pytest.mark.parametrize(
    "name", ["submit_in_a_loop", "arguments", "methods_of_one_object", "lent", "two_threads"]
)
def test_nothing_is_found_while_waits_are_not_seen(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The program might have waited."""

    def view(pools: Pools) -> object:
        monkeypatch.setattr(board, "waits_unseen", True)
        return LEAKS[name][1](pools)

    assert findings(view) == []


def test_a_map_needs_no_wait_to_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its items run at the same time, whatever is waited for."""

    def view(pools: Pools) -> object:
        monkeypatch.setattr(board, "waits_unseen", True)
        return LEAKS["thread_pool_map"][1](pools)

    (found,) = findings(view)
    assert found.code == "FCX203"


def test_the_story_is_found_each_time() -> None:
    """pallets/flask#5252, a hundred times: however the threads run, it is the same finding."""
    _, view = LEAKS["executor_map"]
    runs = [findings(view) for _ in range(100)]
    assert {(each.code, each.count) for (each,) in runs} == {("FCX203", 4)}


def test_hand_overs_of_two_tests_are_not_compared() -> None:
    """Which tests run before it does not decide whether a test leaks."""
    with watched() as watch, pools() as made:
        app = Flask("shop")
        with app.test_request_context():
            shared = copied()
        context = app.app_context()
        for _ in range(2):
            for work in (shared, Job(context)):
                made.submit(work).exception(PATIENCE)
            trial, watch.trial = watch.trial, watch.engine.begin(watch.recorder.subject)
            watch.engine.wait(trial)
            assert watch.engine.findings(trial, "call") == []


def test_many_tasks_on_one_context_are_not_all_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    """A context that a whole session shares does not grow with each task."""
    monkeypatch.setattr(sharing, "_ENTRIES", 3)
    with watched() as watch, pools() as made:
        context = Flask("shop").app_context()
        for _ in range(5):
            made.submit(push, context).result()
        assert len(context._pytest_flaskctx.entries) == 3  # type: ignore[attr-defined]
        watch.engine.wait(watch.trial)
        assert watch.findings() == []


@pytest.mark.parametrize(("waits", "found"), [(True, 0), (False, 1)])
def test_what_is_lent_until_teardown_is_judged_after_it(waits: bool, found: int) -> None:
    """A fixture pops what the test handed on: whether anything waited first is seen then."""
    with watched() as watch, pools() as made:
        context = Flask("shop").app_context()
        context.push()
        ran = threading.Event()

        def job() -> None:
            push(context)
            ran.set()

        future = made.many.submit(job)
        while not ran.is_set():
            pass
        watch.engine.wait(watch.trial)
        assert watch.findings() == []
        if waits:
            future.result()
        context.pop()
        watch.engine.end(watch.trial)
        assert len(watch.findings()) == found


def test_what_is_lent_and_never_popped_is_no_finding() -> None:
    """Who leaves a context behind does not pop it under anybody."""
    with watched() as watch, pools() as made:
        context = Flask("shop").app_context()
        context.push()
        made.submit(push, context).exception(PATIENCE)
        watch.engine.wait(watch.trial)
        watch.engine.end(watch.trial)
        assert watch.findings() == []
        context.pop()


def test_the_rule_can_be_switched_off() -> None:
    """An incident whose rule is off comes to nothing."""
    with watched(rules=(("FCX203", "off"),)) as watch, pools() as made:
        serve(lambda: list(made.many.map(copied(), range(3))))
        assert watch.recorder.noted
        assert watch.findings() == []


def test_a_task_of_a_preserved_client_may_wait_for_others() -> None:
    """What the test's body waits for under a kept context, the test waited for."""
    with watched() as watch, pools() as made:
        app = Flask("shop")
        shared: list[Work] = []
        app.add_url_rule("/", view_func=lambda: shared.append(copied()) or "")
        with app.test_client() as client:
            client.get("/")
            for _ in range(2):
                made.many.submit(shared[0]).result()
        watch.engine.wait(watch.trial)
        assert watch.findings() == []


@pytest.mark.parametrize(("workers", "found"), [(2, 1), (1, 0)])
def test_a_context_that_a_pool_pushes_around_its_tasks(
    workers: int, found: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Flask-Threads keeps it on the pool; of one worker each task is done before the next."""

    class Pool(ThreadPoolExecutor):
        # Its own, as there: a copy of the standard library's.
        submit = ThreadPoolExecutor.submit
        _app_ctx: object

    library = types.ModuleType("flaskthreads.thread_helpers")
    vars(library)["ThreadPoolWithAppContextExecutor"] = Pool
    monkeypatch.setitem(sys.modules, library.__name__, library)
    app = Flask("shop")
    with watched() as watch, Pool(workers) as pool:
        pool._app_ctx = "none yet"
        serve(lambda: [pool.submit(int), pool.submit(int)])
        pool._app_ctx = app.app_context()
        serve(lambda: [pool.submit(int), pool.submit(int)])
        assert len(watch.recorder.noted) == found
