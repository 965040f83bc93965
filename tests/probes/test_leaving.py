"""What a test or a task leaves pushed: noted with the line that pushed, and nothing else is."""

from __future__ import annotations

import asyncio
import contextvars
import gc
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, suppress
from multiprocessing.pool import ThreadPool
from types import FrameType
from typing import Any

import pytest
from flask import Flask, stream_with_context
from flask.globals import app_ctx, request_ctx
from flask.testing import FlaskClient
from watching import PATIENCE, Watched, application, run_thread, serve, watched

from pytest_flaskctx.board import board
from pytest_flaskctx.facts import Incident
from pytest_flaskctx.probes import leaving
from pytest_flaskctx.probes.handover import hand_over
from pytest_flaskctx.recorder import Recorder
from pytest_flaskctx.tasks import Task
from pytest_flaskctx.threadstate import here
from pytest_flaskctx.workloads import Subject

Push = Callable[[], object]


_pushed: list[Any] = []


@pytest.fixture(autouse=True)
def _nothing_stays() -> Iterator[None]:
    """Pop what a test of ours leaves behind on purpose."""
    yield
    while _pushed:
        # What was pushed elsewhere, or popped already, is not there to be popped.
        with suppress(LookupError, ValueError):
            _pushed.pop().pop()


def left(recorder: Recorder) -> list[Incident]:
    """Return what was noted of contexts that were left."""
    incidents = [noted.incident for noted in recorder.noted]
    # `_pushed` holds requests, too.
    return [each for each in incidents if each.kind != "retained-request"]


def words(recorder: Recorder) -> list[tuple[str, ...]]:
    """Return what is said of each."""
    return [incident.words for incident in left(recorder)]


def push_app() -> Any:
    """Push a context of an application."""
    context = Flask("shop").app_context()
    context.push()
    _pushed.append(context)
    return context


def push_request() -> Any:
    """Push a context of a request."""
    context = Flask("shop").test_request_context("/tea")
    context.push()
    _pushed.append(context)
    return context


def streaming() -> Flask:
    """Return an app whose page is a stream."""
    app = application(str)

    @app.get("/feed")
    def feed() -> Any:
        return app.response_class(stream_with_context(iter("abc")))

    return app


def end(test: Watched) -> None:
    """End the test, and let go of what it had."""
    test.engine.end(test.trial)
    test.engine.release()


def old_stream() -> Iterator[int]:
    """Yield as Flask did before 3.1.2, in the request's context from the start."""
    stream = stream_in(request_ctx._get_current_object())
    next(stream)
    return stream


def stream_in(context: Any) -> Iterator[int]:
    """Push the context, wait for the first item to be wanted, and yield it."""
    with context:
        yield 0
        yield 1


# By its name Flask's own is known.
stream_in.__code__ = stream_in.__code__.replace(co_qualname="stream_with_context")


class TestTests:
    """What the thread that runs the tests has, when a test is over."""

    @pytest.mark.parametrize(("push", "slot"), [(push_app, "app"), (push_request, "request")])
    def test_a_push_without_a_pop_is_noted(self, push: Push, slot: str) -> None:
        """The line that pushed is named, once for both contexts of a request."""
        with watched() as test:
            push()
            test.engine.end(test.trial)
        (incident,) = left(test.recorder)
        assert incident.words == (slot, "push")
        assert incident.stack[0].function == push.__name__
        assert incident.thread == threading.current_thread().name
        assert incident.origin is None
        assert incident.request is None

    @pytest.mark.parametrize("push", [push_app, push_request])
    def test_what_is_popped_by_then_is_right(self, push: Callable[[], Any]) -> None:
        """It counts what stands when the teardown is over."""
        with watched() as test:
            context = push()
            context.pop()
            with context:
                pass
            end(test)
        assert not left(test.recorder)

    def test_nothing_is_noted_before_the_test_is_over(self) -> None:
        """Its teardown may pop it yet."""
        with watched() as test:
            push_app()
            test.engine.wait(test.trial)
            assert not left(test.recorder)

    def test_each_test_answers_for_its_own(self) -> None:
        """A context that was there before is not noted again, and hides no later one."""
        with watched() as test:
            push_app()
            end(test)
            other = test.engine.begin(Subject("test_other"))
            push_request()
            test.engine.end(other)
            third = test.engine.begin(Subject("test_third"))
            push_app().pop()
            test.engine.end(third)
        assert words(test.recorder) == [("app", "push")]
        assert words(other.recorder) == [("request", "push")]
        assert not left(third.recorder)

    def test_a_request_that_was_left_serves_nobody(self) -> None:
        """What a later test hands over under it is for no request: that was a matter of order."""
        tasks: list[Task | None] = []
        with watched() as test:
            push_request()
            tasks.append(hand_over("thread", sys._getframe()))
            end(test)
            later = test.engine.begin(Subject("test_later"))
            tasks.append(hand_over("thread", sys._getframe()))
            test.engine.end(later)
        before, after = tasks
        assert before is not None
        assert before.request is not None
        assert after is not None
        assert after.request is None
        assert after.recorder is later.recorder

    def test_equal_ones_are_counted(self) -> None:
        """Three pushes of one line are one place with its count."""
        with watched() as test:
            for _ in range(3):
                push_app()
            end(test)
        (noted,) = test.recorder.noted
        assert noted.count == 3

    def test_what_is_pushed_for_longer_is_right(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A wider fixture's context stays, and what is pushed on top of it later ends before it."""
        asked: list[str] = []

        def lasting(frame: FrameType) -> bool:
            asked.append(frame.f_code.co_name)
            return "set_up" in (frame.f_code.co_name, frame.f_back.f_code.co_name)  # type: ignore[union-attr]

        def set_up() -> Any:
            return push_request()

        monkeypatch.setattr(board, "lasting", lasting)
        with watched() as test:
            context = set_up()
            own = context.app.app_context()
            own.push()
            with context:
                pass
            assert list(old_stream()) == [1]
            own.pop()
            end(test)
            second = test.engine.begin(Subject("test_second"))
            with app_ctx._get_current_object():
                pass
            push_app()
            test.engine.end(second)
        assert "push_request" in asked
        assert not left(test.recorder)
        assert words(second.recorder) == [("app", "push")]

    def test_a_second_push_that_was_popped_is_no_first_one(self) -> None:
        """The inner push of one context by a block says nothing of the outer one's line."""
        with watched() as test:
            context = push_app()
            with context:
                pass
            end(test)
        (incident,) = left(test.recorder)
        assert incident.stack[0].function == "push_app"

    @pytest.mark.parametrize("again", [False, True])
    def test_a_request_of_the_session_may_be_streamed_on(self, again: bool) -> None:
        """A stream's own push, which was popped, is not taken for the one that stands."""
        app = streaming()
        with watched() as test:
            outer = app.test_request_context()
            board.current = test.engine.idle.recorder
            _pushed.append(outer)
            outer.push()
            board.current = test.recorder
            if again:
                with app_ctx._get_current_object():
                    pass
            response = app.test_client().get("/feed")
            assert response.text == "abc"
            end(test)
        assert not left(test.recorder)

    def test_a_coroutine_takes_its_contexts_along(self) -> None:
        """What a coroutine pushed is bound no longer when it is over, and the thread knows."""

        async def push_both() -> None:
            push_request()
            push_app()

        with watched() as test:
            asyncio.run(push_both())
            contextvars.copy_context().run(push_app)
            assert here().app is not None
            end(test)
            assert (here().app, here().request) == (None, None)
        assert not left(test.recorder)

    def test_a_context_below_one_of_a_coroutine_is_found(self) -> None:
        """What stands in the thread itself is judged apart from what came and went over it."""
        with watched() as test:
            push_app()
            contextvars.copy_context().run(push_request)
            end(test)
        assert words(test.recorder) == [("app", "push")]

    def test_a_thread_takes_its_contexts_along(self) -> None:
        """A thread that is no pool's ends, and nobody comes after it."""
        with watched() as test:
            run_thread(push_app)
            timer = threading.Timer(0, push_request)
            timer.start()
            timer.join(PATIENCE)
            end(test)
        assert not left(test.recorder)

    def test_a_block_of_the_test_answers_for_nothing(self) -> None:
        """A context that is pushed in a block of the monitor's may be popped after it."""
        with watched() as test:
            with test.engine.apart(test.trial, test.trial.terms) as part:
                context = push_app()
            assert not left(part.recorder)
            context.pop()
            with test.engine.apart(test.trial, test.trial.terms) as other:
                push_request()
            end(test)
        assert not left(other.recorder)
        assert words(test.recorder) == [("request", "push")]

    def test_what_the_probes_did_not_see_is_nobodys(self) -> None:
        """A context that was pushed before is not a test's."""
        context = push_app()
        with watched() as test:
            with Flask("inner").app_context():
                serve(str)
            end(test)
        context.pop()
        assert not left(test.recorder)


class TestSuspended:
    """What stands by a block that is suspended, and may be let go with its test."""

    def test_a_stream_that_is_kept_is_noted_late(self) -> None:
        """It is judged when nothing is kept of the test, and named with its request."""
        with watched() as test:
            response = streaming().test_client().get("/feed")
            test.engine.end(test.trial)
            assert not left(test.recorder)
            test.engine.begin(Subject("test_next"))
            (incident,) = left(test.recorder)
            assert [trial for trial, _ in test.engine.late()] == [test.trial]
        response.close()
        assert incident.words == ("request", "stream")
        assert incident.request is not None
        assert incident.request.rule == "/feed"

    def test_a_stream_of_an_old_flask_is_known(self) -> None:
        """It pushes the request's context before the request pops it itself."""
        kept: list[Iterator[int]] = []
        with watched() as test:
            serve(lambda: kept.append(old_stream()))
            end(test)
            list(kept.pop())
        assert words(test.recorder) == [("request", "stream")]

    def test_a_stream_that_is_let_go_is_right(self) -> None:
        """Its response is closed by that."""
        with watched() as test:
            response = streaming().test_client().get("/feed")
            test.engine.end(test.trial)
            del response
            test.engine.release()
        assert not left(test.recorder)

    def test_a_stream_in_a_cycle_is_right(self) -> None:
        """The garbage collection is not waited for, and is asked once for each place."""
        collections: list[None] = []
        gc.callbacks.append(lambda phase, _info: collections.append(None))
        try:
            with watched() as test:
                for _ in range(2):
                    self._cycle()
                    trial = test.engine.begin(Subject("test_next"))
                    self._cycle()
                    test.engine.end(trial)
                    collections.clear()
                    test.engine.release()
                    assert not left(trial.recorder)
                assert not collections
        finally:
            gc.callbacks.pop()
            gc.collect()

    @staticmethod
    def _cycle() -> None:
        gc.collect()
        gc.disable()
        try:
            kept: list[Any] = [streaming().test_client().get("/feed")]
            kept.append(kept)
        finally:
            gc.enable()

    def test_a_failed_test_is_not_judged_by_what_it_had_open(self) -> None:
        """Its traceback keeps that for a while."""
        with watched() as test:
            response = streaming().test_client().get("/feed")
            push_app()
            test.recorder.failed = True
            end(test)
            _pushed.pop().pop()
            other = test.engine.begin(Subject("test_next"))
            push_app().pop()
            test.engine.end(other)
            test.engine.release()
        response.close()
        assert words(test.recorder) == [("app", "push")]

    def test_a_stack_that_is_never_closed_is_noted(self) -> None:
        """Nobody closes an ``ExitStack`` for its owner."""
        with watched() as test:
            stack = ExitStack()
            _pushed.append(stack.enter_context(Flask("shop").app_context()))
            end(test)
        assert words(test.recorder) == [("app", "with")]

    def test_each_way_is_judged_in_its_time(self) -> None:
        """What was told when the test was over is told once."""
        with watched() as test:
            stack = ExitStack()
            push_request()
            _pushed.append(stack.enter_context(Flask("shop").app_context()))
            push_app()
            test.engine.end(test.trial)
            at_once = words(test.recorder)
            test.engine.release()
        assert at_once == [("request", "push"), ("app", "push")]
        assert words(test.recorder) == [*at_once, ("app", "with")]

    def test_a_client_that_is_never_left_is_noted(self) -> None:
        """It keeps the contexts of its last request."""
        with watched() as test:
            client = application(str).test_client()
            client.__enter__()
            client.get("/order/tea")
            end(test)
            (incident,) = left(test.recorder)
            client.__exit__(None, None, None)
        assert incident.words == ("request", "client")
        assert incident.request is not None
        assert incident.request.rule == "/order/<name>"

    def test_a_client_that_is_left_is_right(self) -> None:
        """A ``with`` block pops what its client kept."""
        with watched() as test:
            with application(str).test_client() as client:
                client.get("/order/tea")
                client.get("/order/milk")
            end(test)
        assert not left(test.recorder)


class TestServed:
    """A later request that is served on what was left behind."""

    @pytest.mark.parametrize("by_request", [False, True])
    def test_a_request_on_it_is_noted_once(self, by_request: bool) -> None:
        """The next test is named, and the count is not raised."""
        app = application(str)
        with watched() as test:
            _pushed.append(app.test_request_context() if by_request else app.app_context())
            _pushed[-1].push()
            end(test)
            test.engine.begin(Subject("test_next"))
            app.test_client().get("/order/tea")
            late = test.engine.late()
            app.test_client().get("/order/tea")
            assert not test.engine.hub.overdue
        slot = "request" if by_request else "app"
        assert words(test.recorder) == [(slot, "push"), (slot, "push", "test_next")]
        assert [noted.count for noted in test.recorder.noted] == [1, 0]
        assert [trial for trial, _ in late] == [test.trial]

    def test_a_request_of_another_app_is_not_on_it(self) -> None:
        """It has a context of its own."""
        with watched() as test:
            push_app()
            end(test)
            test.engine.begin(Subject("test_next"))
            serve(str)
        assert words(test.recorder) == [("app", "push")]

    def test_a_context_made_up_by_hand_is_no_request(self) -> None:
        """Nobody is served by it."""
        app = application(str)
        with watched() as test:
            _pushed.append(app.app_context())
            _pushed[-1].push()
            end(test)
            test.engine.begin(Subject("test_next"))
            with app.test_request_context():
                pass
        assert words(test.recorder) == [("app", "push")]

    def test_requests_of_the_same_test_are_right(self) -> None:
        """A test that pushes a context around its requests may pop it yet."""
        app = application(str)
        with watched() as test:
            context = app.app_context()
            context.push()
            app.test_client().get("/order/tea")
            context.pop()
            end(test)
        assert not left(test.recorder)


class TestTasks:
    """What the thread of a pool has, when a task is over."""

    def test_a_submitted_task_is_noted(self) -> None:
        """The line that pushed and the hand-over are named."""
        with ThreadPoolExecutor(1) as pool, watched() as test:
            serve(lambda: pool.submit(push_app).result())
        (incident,) = left(test.recorder)
        assert incident.kind == "left-worker-context"
        assert incident.words == ("app", "push")
        assert incident.stack[0].function == "push_app"
        assert incident.thread.startswith("ThreadPoolExecutor")
        assert incident.origin is not None
        assert incident.origin.kind == "submit"

    def test_each_task_answers_for_its_own(self) -> None:
        """A later task in the same thread is not charged with what it found."""
        with ThreadPoolExecutor(1) as pool, watched() as test:
            pool.submit(push_request).result()
            pool.submit(lambda: push_app().pop()).result()
            pool.submit(push_app).result()
        assert words(test.recorder) == [("request", "push"), ("app", "push")]

    def test_the_calls_of_a_map_are_counted(self) -> None:
        """Each call of a thread pool's map leaves its own."""
        with watched() as test, ThreadPool(1) as pool:
            pool.map(lambda _item: push_request(), range(3))
        (noted,) = test.recorder.noted
        assert noted.count == 3

    def test_a_callback_in_a_pooled_thread_is_noted(self) -> None:
        """It runs in the worker, and leaves it there."""
        registered = threading.Event()

        def callback(_future: Future[bool]) -> None:
            push_app()

        def view() -> None:
            future = pool.submit(registered.wait, PATIENCE)
            future.add_done_callback(callback)
            registered.set()

        with watched() as test:
            with ThreadPoolExecutor(1) as pool:
                serve(view)
            assert words(test.recorder) == [("app", "push")]

    def test_a_callback_at_once_is_in_no_pooled_thread(self) -> None:
        """It runs where it is registered: here in a thread that serves a request, and ends."""
        done: Future[int] = Future()
        done.set_result(1)

        def view() -> None:
            done.add_done_callback(lambda _future: push_app())
            _pushed.pop().pop()

        with watched() as test:
            run_thread(lambda: serve(view))
            end(test)
        assert not left(test.recorder)

    def test_an_initializer_may_leave_one(self) -> None:
        """It is no task, and pushes for all that are to come."""
        with watched() as test:
            with ThreadPoolExecutor(1, initializer=push_app) as pool:
                pool.submit(int).result()
            with ThreadPool(1, initializer=push_request) as threads:
                threads.apply(int)
        assert not left(test.recorder)

    def test_coroutines_and_copied_contexts_leave_nothing(self) -> None:
        """What is bound in the thread itself counts."""

        async def push() -> None:
            push_app()

        with watched() as test, ThreadPoolExecutor(1) as pool:
            pool.submit(lambda: asyncio.run(push())).result()
            pool.submit(contextvars.copy_context().run, push_request).result()
            pool.submit(lambda: serve(str)).result()
        assert not left(test.recorder)

    def test_a_pool_made_before_the_probes_counts(self) -> None:
        """How its threads were started is not known, that they take tasks is."""
        with ThreadPoolExecutor(1) as pool:
            pool.submit(int).result()
            with watched() as test:
                pool.submit(push_app).result()
        assert words(test.recorder) == [("app", "push")]

    def test_a_stream_in_a_task_is_told_as_that(self) -> None:
        """A response that a task returns unread stays pushed in the task's thread."""
        with watched() as test, ThreadPoolExecutor(1) as pool:
            response = pool.submit(streaming().test_client().get, "/feed").result()
            pool.submit(response.close).result()
        assert words(test.recorder) == [("request", "stream")]


def test_what_is_looked_at_later_is_guarded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A failure of ours when a test is over, or a task, is the probe's to bear."""
    borne: list[type[BaseException]] = []

    def guarded(function: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object) -> None:
            try:
                function(*args)
            except ZeroDivisionError as error:
                borne.append(type(error))

        return call

    def broken(_thread: object) -> Iterator[Any]:
        raise ZeroDivisionError

    def push() -> None:
        context = Flask("shop").app_context()
        leaving.pushed(context, sys._getframe(), test.recorder, guarded)

    with watched() as test, ThreadPoolExecutor(1) as pool:
        monkeypatch.setattr(leaving, "standing", broken)
        pool.submit(push).result()
        push()
        test.engine.end(test.trial)
    assert borne == [ZeroDivisionError] * 2


class Slotted:
    """A client that keeps nothing that it was not made for."""

    __slots__ = ()


class Sharing(Subject):
    """A test that has its clients from a fixture of wider scope, or not."""

    def __init__(self, *, shares: bool) -> None:
        super().__init__("test_it")
        self._shares = shares

    def shares(self, thing: object) -> bool:
        """Whether it has its clients from there."""
        return self._shares


def kept_by(watch: Watched, client: FlaskClient) -> list[Any]:
    """Return what comes of a request of a client that is still open when its test is over."""
    trial = watch.engine.begin(watch.recorder.subject)
    client.get("/order/tea")
    watch.engine.end(trial)
    watch.engine.release()
    return words(trial.recorder)


@pytest.mark.parametrize("shares", [True, False])
def test_a_client_that_lasts_is_known(shares: bool) -> None:
    """What it keeps is left to whoever made it: a fixture of wider scope, or a test before."""
    app = application(lambda: "ok")
    with watched() as watch:
        trial = watch.engine.begin(Sharing(shares=shares))
        leaving.client_made(Slotted())
        with app.test_client() as client:
            client.get("/order/tea")
            watch.engine.end(trial)
            watch.engine.release()
            assert words(trial.recorder) == ([] if shares else [("request", "client")])
            assert kept_by(watch, client) == []


def test_a_client_that_no_test_made_is_the_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """One of a module's own, that a test enters: who does has to leave it."""
    app = application(lambda: "ok")
    with watched() as watch:
        monkeypatch.setattr(board, "current", watch.engine.idle.recorder)
        with app.test_client() as client:
            assert kept_by(watch, client) == [("request", "client")]


def test_a_probe_that_is_off_makes_clients_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    """And asks nothing of where."""
    app = application(lambda: "ok")
    with watched() as watch:
        probes = watch.engine._held[0].switches.probes
        (probe,) = [each for each in probes if each.name == "contexts"]
        # It may be the whole run's.
        with monkeypatch.context() as patched:
            patched.setattr(probe, "live", False)
            client = app.test_client()
        assert client.get("/order/tea").text == "ok"
