"""Task queues in eager mode: the task runs at once, under the contexts of its caller."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable
from typing import Any

import pytest
from flask import current_app, g, request, session
from watching import Watched, application, run_thread, serve, watched

from pytest_flaskctx.probes import Switchboard
from pytest_flaskctx.probes.eager import Eager
from pytest_flaskctx.threadstate import here

Delay = Callable[..., Any]


def celery_delay(work: Callable[..., Any]) -> Delay:
    """Return what runs ``work`` as an eager task of Celery's."""
    celery = pytest.importorskip("celery").Celery("shop", broker="memory://", set_as_current=False)
    celery.conf.task_always_eager = True
    return celery.task(name="shop.work")(work).delay  # type: ignore[no-any-return]


def celery_apply(work: Callable[..., Any]) -> Delay:
    """Return what applies ``work`` as a task of Celery's."""
    celery = pytest.importorskip("celery").Celery("shop", broker="memory://", set_as_current=False)
    task = celery.task(name="shop.work")(work)
    return lambda *args: task.apply(args)


def rq_sync(work: Callable[..., Any]) -> Delay:
    """Return what runs ``work`` as a job on a synchronous queue of RQ's."""
    connection = pytest.importorskip("fakeredis").FakeStrictRedis()
    queue = pytest.importorskip("rq").Queue(is_async=False, connection=connection)
    _jobs["work"] = work
    return lambda *args: queue.enqueue(job, *args)


_jobs: dict[str, Callable[..., Any]] = {}


def job(*args: Any) -> None:
    """Do the work of the moment: RQ finds its jobs by name."""
    _jobs["work"](*args)


def huey_immediate(work: Callable[..., Any]) -> Delay:
    """Return what runs ``work`` as a task of Huey's in immediate mode."""
    huey = pytest.importorskip("huey").MemoryHuey("shop", immediate=True)
    return huey.task()(work)  # type: ignore[no-any-return]


QUEUES = pytest.mark.parametrize("queue", [celery_delay, celery_apply, rq_sync, huey_immediate])


@QUEUES
def test_an_eager_task_is_one(queue: Callable[..., Delay]) -> None:
    """What it reads of its caller's contexts is traced to the line that asked for it."""
    seen = []

    def work(name: str) -> None:
        seen.append((name, request.path, g.get("tenant")))
        session["seen"] = name

    with watched() as watch:
        delay = queue(work)

        def view() -> str:
            g.tenant = "north"
            delay("tea")
            return request.path

        assert serve(view) == "/order/tea"
        assert not watch.recorder.live
        found = watch.findings()
    assert seen == [("tea", "/order/tea", "north")]
    assert {each.proxy for each in found} == {"request", "session", "g"}
    for each in found:
        assert (each.code, each.function.rpartition(".")[2]) == ("FCX208", "work")
        assert each.handover is not None
        assert (each.handover.origin.kind, each.handover.origin.inline) == ("eager", True)
        assert each.handover.site is not None
        assert each.handover.site.expression == 'delay("tea")' or queue is not celery_delay


def done(job: Any, _connection: Any, *_result: Any) -> None:
    """Do what is to be done when a job is over."""
    _jobs["done"](job)


@pytest.mark.parametrize("fails", [False, True])
def test_a_callback_of_a_job_is_a_task(fails: bool) -> None:
    """A worker calls it as it runs the job, and without the request."""
    rq = pytest.importorskip("rq")
    connection = pytest.importorskip("fakeredis").FakeStrictRedis()
    queue = rq.Queue(is_async=False, connection=connection)
    seen = []
    _jobs["work"] = lambda: 1 // (not fails)
    _jobs["done"] = lambda job: seen.append((job.is_failed, request.path))

    def view() -> None:
        queue.enqueue(job, on_success=rq.Callback(done), on_failure=rq.Callback(done))
        queue.enqueue(job)

    with watched(mode="strict") as watch:
        serve(view)
        (found,) = watch.findings()
        handovers = watch.recorder.handovers
    assert seen == [(fails, "/order/tea")]
    assert (found.code, found.proxy, found.level) == ("FCX208", "request", "error")
    assert found.function.endswith("<lambda>")
    assert handovers == 3


@pytest.mark.parametrize("owner", ["methods of the job", "functions of the queue"])
def test_callbacks_are_found_where_each_release_has_them(owner: str) -> None:
    """RQ moved them in its third release."""

    class Job:
        perform = None
        _success_callback_name = "done"

        def execute_success_callback(self) -> str:
            return "called"

    methods = owner.startswith("methods")
    module = types.ModuleType("rq.job" if methods else "rq.queue")
    vars(module).update({"Job": Job} if methods else vars(Job))
    where: Any = Job if methods else module
    before = where.execute_success_callback
    board = Switchboard()
    board.install([Eager])
    board.attach(module.__name__, module)
    assert not board.disabled
    assert where.execute_success_callback is not before
    assert where.execute_success_callback(Job()) == "called"
    board.remove()
    assert where.execute_success_callback is before


def codes(watch: Watched) -> list[tuple[str, str, str]]:
    """Return code, proxy and level of what was found."""
    return sorted((each.code, each.proxy, each.level) for each in watch.findings())


def test_contexts_of_its_own_are_right() -> None:
    """A task reads what it pushed itself, by the quick way."""
    asked = []

    def work() -> None:
        with app.app_context():
            g.mine = current_app.name
            asked.append(here().app is not None)
            with app.test_request_context("/own"):
                asked.append(request.path)

    app = application(lambda: delay())
    with watched() as watch:
        delay = celery_delay(work)
        app.test_client().get("/order/tea")
        assert codes(watch) == []
    assert asked == [True, "/own"]


def test_a_request_of_its_own_brings_the_application() -> None:
    """Flask takes the bound application context for it here, and makes one in a worker."""

    def work() -> None:
        with app.test_request_context("/own"):
            g.mine = f"{current_app.name} {request.path}"

    app = application(lambda: celery_delay(work)())
    with watched() as watch:
        app.test_client().get("/order/tea")
        assert codes(watch) == []


def test_a_request_of_another_application_does_not() -> None:
    """What the task reads when that is over is its caller's again."""
    other = application(lambda: "")

    def work() -> None:
        with other.test_request_context("/own"):
            assert request.path == "/own"
        str(request.path)

    with watched() as watch:
        serve(lambda: celery_delay(work)())
        assert codes(watch) == [("FCX208", "request", "warning")]


def test_a_task_in_a_task() -> None:
    """The inner one borrows what the outer one pushed, and what the view has."""

    def inner() -> None:
        str(request.path)
        str(g.mine)

    def outer() -> None:
        with app.app_context():
            g.mine = 1
            delay_inner()
            g.mine = 2

    app = application(lambda: delay_outer())
    with watched(mode="strict") as watch:
        delay_inner, delay_outer = celery_delay(inner), celery_apply(outer)
        app.test_client().get("/order/tea")
        found = watch.findings()
    assert sorted(each.proxy for each in found) == ["g", "request"]
    for each in found:
        assert each.fails
        assert each.handover is not None
        assert each.handover.parent is not None
        assert each.handover.parent.origin.kind == "eager"


def test_a_view_in_a_task_is_served_as_any() -> None:
    """What a test client of the task's asks for has a request of its own."""

    def work() -> None:
        assert serve(lambda: request.path) == "/order/tea"

    with watched() as watch:
        serve(lambda: celery_delay(work)())
        assert codes(watch) == []


def test_an_application_of_the_callers_is_a_warning() -> None:
    """A worker may have pushed one for all of its tasks; that of `g` is none of those."""

    def work() -> None:
        g.seen = current_app.name

    with watched(mode="strict") as watch:
        serve(lambda: celery_delay(work)())
        assert codes(watch) == [("FCX208", "current_app", "warning"), ("FCX208", "g", "error")]


def test_outside_any_request_nothing_is_seen() -> None:
    """A test runs a task in an application context, as the worker does."""

    def work() -> None:
        g.seen = current_app.name

    app = application(lambda: "")
    with watched() as watch:
        with app.app_context():
            celery_delay(work)()
        assert watch.recorder.handovers == 0
        assert codes(watch) == []


def test_a_worker_is_left_to_itself() -> None:
    """Without a request in its thread a task's use is an unbound one."""

    def work() -> None:
        str(request.path)

    with watched() as watch:
        delay = celery_delay(work)
        run_thread(delay)
        (found,) = watch.findings()
    assert found.code == "FCX101"
    assert found.handover is not None
    assert found.handover.origin.kind == "thread"


def test_an_error_of_the_task_takes_its_way() -> None:
    """It is Celery's to keep or to raise, and what was hidden is back."""

    def work() -> None:
        raise LookupError("out of tea")

    def view() -> str:
        result = celery_delay(work)()
        assert isinstance(result.result, LookupError)
        return request.path

    with watched() as watch:
        assert serve(view) == "/order/tea"
        assert codes(watch) == []


def test_after_the_engine_nothing_is_ours() -> None:
    """The method is Celery's own again; kept, our wrapper only calls it."""
    task = pytest.importorskip("celery.app.task").Task
    before = task.apply
    board = Switchboard()
    board.install([Eager])
    board.attach("celery.app.task", sys.modules["celery.app.task"])
    kept = task.apply
    assert kept is not before
    board.remove()
    assert task.apply is before
    celery = pytest.importorskip("celery").Celery("shop", broker="memory://", set_as_current=False)

    def work() -> int:
        return 3

    assert kept(celery.task(name="shop.work")(work)).get() == 3


def test_a_release_without_the_method_is_told() -> None:
    """The probe switches itself off, and says so."""
    board = Switchboard()
    board.install([Eager])
    board.attach("celery.app.task", types.ModuleType("celery.app.task"))
    assert set(board.disabled) == {"eager"}
    board.remove()
