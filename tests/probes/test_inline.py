"""Executors of the user's own that run the work at once, or somewhere else."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import copy_context
from functools import partial, wraps
from inspect import iscoroutinefunction
from typing import Any

import pytest
from flask import copy_current_request_context, g, request
from watching import PATIENCE, application, serve, watched

from pytest_flaskctx.board import board
from pytest_flaskctx.probes import Switchboard
from pytest_flaskctx.probes.inline import Inline


class AtOnce(Executor):
    """Runs the work when it gets it."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class Named(ThreadPoolExecutor):
    """Looks at what it is given, and hands it on."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.last = fn.__name__
        return super().submit(fn, *args, **kwargs)


class Later(Executor):
    """Keeps the work until somebody asks for it."""

    def __init__(self) -> None:
        self.kept: list[Callable[[], Any]] = []

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.kept.append(lambda: fn(*args, **kwargs))
        return Future()


@contextmanager
def installed() -> Iterator[None]:
    """Install this probe alone, whatever stands around it."""
    board = Switchboard()
    board.install([Inline])
    try:
        yield
    finally:
        board.remove()


def path(*_items: object) -> str:
    """Use the request."""
    return str(request.path)


def test_work_done_at_once_is_a_task() -> None:
    """What it reads of the request is traced to the line that submits it."""
    pool = AtOnce()

    def view() -> str:
        return f"{pool.submit(path).result()} {request.path}"

    with watched() as watch:
        assert serve(view) == "/order/tea /order/tea"
        assert not watch.recorder.live
        (found,) = watch.findings()
    assert (found.code, found.proxy, found.function) == ("FCX208", "request", "path")
    assert found.handover is not None
    assert found.handover.site is not None
    assert (found.handover.origin.kind, found.handover.origin.inline) == ("submit", True)
    assert found.handover.site.expression == "pool.submit(path)"


def test_a_map_is_known_by_its_name() -> None:
    """It comes by way of `submit`."""
    with watched() as watch:
        assert serve(lambda: list(AtOnce().map(path, [1]))) == "['/order/tea']"
        (found,) = watch.findings()
    assert found.handover is not None
    assert (found.handover.origin.kind, found.handover.origin.inline) == ("map", True)


def test_a_class_made_later_is_seen() -> None:
    """Also one that takes words for its making, and one that goes on to another."""

    class Base(Executor):
        words: tuple[str, ...] = ()

        def __init_subclass__(cls, *, word: str, **kwargs: Any) -> None:
            super().__init_subclass__(**kwargs)
            cls.words = (word,)

    with watched() as watch:

        class Made(Base, word="tea"):
            submit = AtOnce.submit

        class Further(AtOnce):
            def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
                return super().submit(fn, *args, **kwargs)

        assert Made.words == ("tea",)
        serve(lambda: Made().submit(path).result())
        serve(lambda: Further().submit(path).result())
        found = watch.findings()
        assert [each.code for each in found] == ["FCX208", "FCX208"]
        assert all(each.handover and not each.handover.parent for each in found)


def test_what_goes_to_a_pool_is_the_pools() -> None:
    """The executor is shown what it was given, and the task is the pool's alone."""

    def view() -> str:
        pool.submit(path).exception()
        return pool.last

    with watched() as watch, Named(1) as pool:
        assert serve(view) == "path"
        assert watch.recorder.handovers == 1
        (found,) = watch.findings()
    assert found.code == "FCX101"
    assert found.handover is not None
    assert not found.handover.origin.inline


def test_a_context_goes_along() -> None:
    """One that was copied is found in what the user's executor hands on."""
    go = threading.Event()
    with watched() as watch, Named(2) as pool:

        def view() -> str:
            work = copy_current_request_context(lambda: go.wait(PATIENCE))
            pool.submit(work)
            pool.submit(work)
            go.set()
            return "ok"

        assert serve(view) == "ok"
        watch.drain()
        assert "FCX203" in {each.code for each in watch.findings()}


def test_work_that_is_done_later_is_not_ours() -> None:
    """Once the call is over, what was given is nothing but itself."""
    pool = Later()
    with watched() as watch:

        def view() -> str:
            pool.submit(path)
            return str(pool.kept.pop()())

        assert serve(view) == "/order/tea"
        assert watch.findings() == []


def test_contexts_that_come_along_are_right() -> None:
    """A copied context would be there in another thread as well."""
    pool = AtOnce()

    def view() -> str:
        carried = pool.submit(copy_context().run, path).result()
        return f"{carried} {pool.submit(copy_current_request_context(path)).result()}"

    with watched() as watch:
        assert serve(view) == "/order/tea /order/tea"
        assert watch.findings() == []


def test_outside_any_request_nothing_is_seen() -> None:
    """There is nothing to borrow."""
    app = application(lambda: "")
    with watched() as watch:
        with app.app_context():
            g.tenant = "north"
            assert AtOnce().submit(lambda: g.tenant).result() == "north"
        assert watch.recorder.handovers == 0


def test_what_cannot_be_called_is_passed_on() -> None:
    """Its error is the executor's."""
    with watched(), pytest.raises(TypeError):
        AtOnce().submit(3).result()  # type: ignore[arg-type]


def test_a_coroutine_function_is_passed_on() -> None:
    """An executor for both kinds of functions asks which it got."""
    asked = []

    class Both(AtOnce):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            asked.append(iscoroutinefunction(fn))
            return super().submit(asyncio.run, fn()) if asked[-1] else super().submit(fn)

    async def work() -> str:
        return "done"

    with watched():
        assert serve(lambda: Both().submit(work).result()) == "done"
        assert serve(lambda: Both().submit(path).result()) == "/order/tea"
    assert asked == [True, False]


def test_a_librarys_executor_is_left_alone() -> None:
    """It may send the work anywhere; so may one whose `submit` is no function."""
    code = "def submit(self, fn): return fn\n"
    names: dict[str, Any] = {}
    exec(compile(code, "/venv/lib/site-packages/farm/pool.py", "exec"), names)
    with watched():
        farm = type("Farm", (Executor,), {"submit": names["submit"]})
        odd = type("Odd", (Executor,), {"submit": staticmethod(path)})
        assert vars(farm)["submit"] is names["submit"]
        assert isinstance(vars(odd)["submit"], staticmethod)


def test_the_standard_librarys_own_are_left_alone() -> None:
    """The thread pool has a probe of its own, whose wrapper may lie anywhere."""
    before = vars(ThreadPoolExecutor)["submit"]
    with installed():
        assert vars(ThreadPoolExecutor)["submit"] is before


def test_who_wraps_after_us_stays() -> None:
    """Also one who makes their wrapper look like ours, as `functools.wraps` does."""

    with installed():

        class Made(AtOnce):
            def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
                return super().submit(fn, *args, **kwargs)

        ours = Made.submit

        @wraps(ours)
        def theirs(*args: Any) -> Any:
            return ours(*args)

        Made.submit = theirs  # type: ignore[method-assign]
    assert vars(Made)["submit"] is theirs


def test_classes_are_put_back_and_let_go() -> None:
    """After the engine a class has its own method; one that a test made goes with the test."""
    before = vars(AtOnce)["submit"]
    making = vars(Executor).get("__init_subclass__")
    with installed():
        kept, kept_making = AtOnce.submit, vars(Executor)["__init_subclass__"]
        assert kept is not before
        assert kept.__name__ == "submit"

        class Local(AtOnce):
            def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
                return super().submit(fn, *args, **kwargs)

        gone = weakref.ref(Local)
        del Local
        gc.collect()
        assert gone() is None

        def theirs(_pool: Any, fn: Callable[..., Any], /) -> Any:
            return fn()

        class Patched(AtOnce):
            submit = Later.submit  # type: ignore[assignment]

        Patched.submit = theirs  # type: ignore[method-assign, assignment]
    assert vars(AtOnce)["submit"] is before
    assert vars(Patched)["submit"] is theirs
    assert vars(Executor).get("__init_subclass__") is making
    assert kept(AtOnce(), int).result() == 0
    kept_making.__func__(AtOnce)
    assert vars(AtOnce)["submit"] is before


class Answering(type):
    """A class that answers for itself."""

    def __getattribute__(cls, name: str) -> Any:
        if name in ("__mro__", "__dict__"):
            raise KeyError(name)
        return super().__getattribute__(name)


class Job(metaclass=Answering):
    """Something that is called, and does not like to be asked for anything else."""

    def __call__(self) -> str:
        return path()

    def again(self) -> str:
        """Do it."""
        return self()

    def __getattr__(self, name: str) -> Any:
        raise KeyError(name)


class Kept(Later):
    """Keeps just what it was given."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        self.kept.append(fn)
        return Future()


@pytest.mark.parametrize(
    "work", [path, partial(path), Job(), Job().again, len, "text".upper], ids=iter("abcdef")
)
def test_an_executor_gets_what_was_given(work: Callable[..., Any]) -> None:
    """Whatever it does with that: compare it, ask for its type, keep it."""
    pool = Kept()
    with watched() as watch:
        serve(lambda: pool.submit(work))
        assert pool.kept == [work]
        assert pool.kept[0] is work
        assert watch.recorder.handovers == 0
        assert not watch.engine.disabled


@pytest.mark.parametrize(
    "work",
    [partial(path, 1), partial(partial(path)), Job(), Job().again, lambda: path()],
    ids=iter("abcde"),
)
def test_whatever_is_called_is_seen_to_run(work: Callable[..., Any]) -> None:
    """By the code that its type tells."""
    with watched() as watch:
        assert serve(lambda: AtOnce().submit(work).result()) == "/order/tea"
        assert [each.code for each in watch.findings()] == ["FCX208"]


def test_what_is_given_by_name_is_passed_on() -> None:
    """The executor may call it as it likes."""

    class Named(AtOnce):
        def submit(self, *, job: Callable[..., Any]) -> Future[Any]:  # type: ignore[override]
            return super().submit(job)

    with watched() as watch:
        assert serve(lambda: Named().submit(job=path).result()) == "/order/tea"
        assert [each.code for each in watch.findings()] == ["FCX208"]


def test_a_submit_that_is_no_plain_function_is_left_alone() -> None:
    """Who asks whether it is a coroutine function gets the answer."""
    with watched():

        class Loop(Executor):
            async def submit(self, fn: Callable[..., Any], /) -> Any:  # type: ignore[override]
                return fn()

        assert iscoroutinefunction(Loop().submit)


def test_what_the_executor_reads_itself_is_its_own() -> None:
    """Its `submit` is a part of the request, before the work and after it."""

    class Reading(AtOnce):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            before = request.path
            future = super().submit(fn, *args, **kwargs)
            self.read = (before, request.path)
            return future

    pool = Reading()
    with watched() as watch:
        assert serve(lambda: pool.submit(path).result()) == "/order/tea"
        assert pool.read == ("/order/tea", "/order/tea")
        (found,) = watch.findings()
        assert (found.code, found.function, found.count) == ("FCX208", "path", 1)


def test_a_task_that_reads_twice_is_one_task() -> None:
    """It is known from its first use on, and over when the call is."""

    def work() -> str:
        return f"{request.method} {request.path}"

    with watched() as watch:
        assert serve(lambda: AtOnce().submit(work).result()) == "GET /order/tea"
        assert watch.recorder.handovers == 1
        assert watch.recorder.observed == 2
        assert not watch.recorder.live


def test_work_within_work_is_a_task_of_that() -> None:
    """Each is traced to the line that submits it."""
    pool = AtOnce()

    def outer() -> str:
        return str(pool.submit(path).result())

    with watched() as watch:
        assert serve(lambda: pool.submit(outer).result()) == "/order/tea"
        (found,) = watch.findings()
    assert found.handover is not None
    assert found.handover.site is not None
    assert found.handover.site.expression == "pool.submit(path)"
    assert found.handover.parent is not None


def test_a_thread_that_is_started_in_a_submit_is_no_work_at_once() -> None:
    """Though it runs in a copy of the context in which that was called."""

    class Starting(Executor):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            future: Future[Any] = Future()
            call = copy_context().run
            worker = threading.Thread(target=lambda: future.set_result(call(fn, *args, **kwargs)))
            worker.start()
            worker.join(PATIENCE)
            return future

    with watched() as watch:
        assert serve(lambda: Starting().submit(path).result()) == "/order/tea"
        assert watch.findings() == []


def test_a_wait_in_a_submit_is_the_requests() -> None:
    """What it pushed is hidden from the proxies only."""

    class Waiting(ThreadPoolExecutor):
        def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
            future = super().submit(fn, *args, **kwargs)
            wait([future], PATIENCE)
            future.result()
            return future

    with watched(mode="strict") as watch, Waiting(1) as pool:
        assert serve(lambda: str(pool.submit(copy_current_request_context(path)))).startswith("<")
        assert watch.findings() == []


def test_nothing_of_a_call_is_kept() -> None:
    """Neither its frame nor what it was given, not even until the next garbage collection."""

    class Thing:
        """Something that a view has."""

    def view() -> str:
        thing = Thing()
        gone.append(weakref.ref(thing))
        return str(AtOnce().submit(lambda: f"{path()} {thing is not None}").result())

    gone: list[weakref.ref[Thing]] = []
    gc.disable()
    try:
        with watched():
            assert serve(view) == "/order/tea True"
            assert gone[0]() is None
    finally:
        gc.enable()


def test_while_nobody_records_nothing_is_handed_over() -> None:
    """The work runs as it would."""
    with installed():
        board.current, before = None, board.current
        try:
            within = partial(AtOnce().submit, path)
            assert (
                serve(lambda: AtOnce().submit(lambda: within()).result().result()) == "/order/tea"
            )
        finally:
            board.current = before
