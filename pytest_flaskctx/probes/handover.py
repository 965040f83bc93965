"""Making the record of a hand-over: by whom, for which request, for which test."""

from __future__ import annotations

from contextvars import ContextVar
from types import FrameType, FunctionType
from typing import Any

from pytest_flaskctx.contexts import request_of
from pytest_flaskctx.facts import OriginKind
from pytest_flaskctx.recorder import board
from pytest_flaskctx.stacks import walk
from pytest_flaskctx.tasks import RequestRecord, Task, Workload, capped
from pytest_flaskctx.threadstate import state, thread_name

request_variables: list[ContextVar[Any]] = []
"""The context variables that hold request contexts: one for each Flask that was imported."""


def bound_request() -> RequestRecord | None:
    """Return the request whose context is bound here, whoever pushed it."""
    context = state.request
    if context is not None:
        return request_of(context)
    for variable in request_variables:
        context = variable.get(None)
        if context is not None:
            return request_of(context)
    return None


def hand_over(
    kind: OriginKind,
    frame: FrameType | None,
    *,
    target: str = "",
    carries_work: bool = True,
    due: float | None = None,
) -> Task | None:
    """Record that this thread hands work over; ``None`` while nobody records.

    Args:
        kind: the mechanism.
        frame: the frame that called the function that hands over.
        target: the file of the function handed over, where it is known.
        carries_work: false for a pool's own worker.
        due: when a timer begins, by the monotonic clock, in seconds.
    """
    parent: Task | None = state.task
    request = bound_request() or (parent.request if parent else None)
    recorder = _recorder(request)
    if recorder is None:
        return None
    task = Task(
        kind,
        walk(frame),
        thread_name(),
        request,
        recorder,
        capped(parent) if parent else None,
        target,
        carries_work,
        due,
    )
    recorder.handed_over(task)
    return task


def _recorder(request: RequestRecord | None) -> Workload | None:
    """Return where a task of ``request`` is booked.

    In the thread that runs the tests it is the running test, even under a context that a fixture
    of wider scope pushed during an earlier one.
    """
    on_test_thread = state.task is None and state.token == board.test_thread
    if request is None or on_test_thread:
        return board.current
    return request.recorder


def file_of(function: object) -> str:
    """Return the file that a function was compiled from; empty where it has none."""
    if type(function) is FunctionType:
        return function.__code__.co_filename
    function = getattr(function, "func", function)
    function = getattr(function, "__func__", function)
    code = getattr(function, "__code__", None)
    return str(getattr(code, "co_filename", ""))
