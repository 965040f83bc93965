"""Making the record of a hand-over: for which request, and for which test."""

from __future__ import annotations

import contextvars
import functools
import sys

import pytest
from flask import Flask
from watching import run_thread, serve, watched

from pytest_flaskctx.board import board
from pytest_flaskctx.contexts import bound_request
from pytest_flaskctx.probes.handover import files_of, hand_over
from pytest_flaskctx.tasks import RequestRecord, Task
from pytest_flaskctx.threadstate import here
from pytest_flaskctx.workloads import Subject


class Job:
    """Something callable in several ways."""

    def run(self) -> None:
        """Do it."""

    def __call__(self) -> None:
        """Do it."""


def wrapping(function: object) -> object:
    """Return a wrapper that a library would make, and one name that is not bound yet."""

    def wrapper() -> object:
        return function, later

    if function is None:
        later = 1
    return wrapper


FILES = [
    (Job().run, (__file__,)),
    (Job.run, (__file__,)),
    (functools.partial(Job().run), (__file__,)),
    (functools.partial(print, Job.run), (__file__,)),
    (wrapping(Job.run), (__file__, __file__)),
    (wrapping(print), (__file__,)),
    (lambda: None, (__file__,)),
    (int, ()),
    (Job(), ()),
    (print, ()),
]


@pytest.mark.parametrize(("function", "files"), FILES)
def test_the_files_of_what_is_handed_over(function: object, files: tuple[str, ...]) -> None:
    """Methods, partials and closures are looked through; what has no code has no file."""
    assert files_of(function) == files


def test_wrappers_are_looked_through_to_a_depth() -> None:
    """A wrapper around itself comes to an end."""
    function: object = Job.run
    for _ in range(10):
        function = wrapping(function)
    assert len(files_of(function)) == 5


def test_nothing_is_recorded_while_nobody_records(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a recorder there is no task."""
    monkeypatch.setattr(board, "current", None)
    assert hand_over("thread", sys._getframe()) is None


def test_without_a_context_there_is_no_request() -> None:
    """Nor under a bare application context."""
    with watched():
        assert bound_request(here()) is None
        with Flask("shop").app_context():
            assert bound_request(here()) is None


def test_a_borrowed_context_is_a_request_all_the_same() -> None:
    """In a thread that inherited it, the request is found by the context variable."""
    found: list[RequestRecord | None] = []

    def view() -> None:
        context = contextvars.copy_context()
        found.append(bound_request(here()))
        run_thread(lambda: context.run(lambda: found.append(bound_request(here()))))

    with watched():
        serve(view)
    assert found[0] is found[1] is not None


def test_a_task_of_the_test_is_the_running_tests() -> None:
    """Under a context that a fixture of wider scope pushed, a test's own hand-over is its own."""
    app = Flask("shop")
    tasks: list[Task | None] = []
    with watched() as watch, app.test_request_context("/"):
        second = watch.engine.begin(Subject("second"))
        tasks.append(hand_over("thread", sys._getframe()))
        watch.engine.resume(watch.trial)
    (task,) = tasks
    assert task is not None
    assert task.recorder is second.recorder
    assert task.request is not None
    assert task.request.recorder is watch.recorder


def test_a_task_of_a_task_is_its_requests() -> None:
    """In a worker the request is the task's, and so is the test."""
    tasks: list[Task | None] = []
    with watched() as watch:
        serve(lambda: run_thread(lambda: tasks.append(hand_over("thread", sys._getframe()))))
        (task,) = tasks
        assert task is not None
        assert task.parent is not None
        assert task.request is task.parent.request
        assert task.recorder is watch.recorder
        task.ended()


def test_a_thread_that_is_fed_hands_over_for_nobody_in_particular() -> None:
    """Its request is kept for the drain and told to nobody; when its test is over it is none."""
    tasks: list[Task | None] = []

    def work() -> None:
        for fed in (1, 2):
            here().fed = fed
            tasks.append(hand_over("submit", sys._getframe()))
        for recorder in (watch.recorder, second.recorder):
            recorder.closed = recorder is watch.recorder
            tasks.append(hand_over("submit", sys._getframe()))

    with watched() as watch:
        second = watch.engine.begin(Subject("second"))
        watch.engine.resume(watch.trial)
        board.current = watch.recorder
        serve(lambda: run_thread(work))
    assert all(tasks)
    told = [(task.request is None, task.unsure) for task in tasks if task is not None]
    assert told == [(False, False), (False, True), (True, True), (True, True)]
    request = [watch.engine.hub.origin(task).request for task in tasks[:2] if task is not None]
    assert [each is None for each in request] == [False, True]
