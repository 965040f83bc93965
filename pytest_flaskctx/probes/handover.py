"""Making the record of a hand-over: by whom, for which request, for which test."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from functools import partial
from types import CellType, FrameType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from pytest_flaskctx.contexts import request_of
from pytest_flaskctx.recorder import board
from pytest_flaskctx.stacks import walk
from pytest_flaskctx.tasks import RequestRecord, Task, Workload, capped
from pytest_flaskctx.threadstate import ThreadState, here

if TYPE_CHECKING:
    from pytest_flaskctx.facts import OriginKind

_WRAPPERS = 4

request_variables: list[ContextVar[Any]] = []
"""The context variables that hold request contexts: one for each Flask that was imported."""


def bound_request(thread: ThreadState) -> RequestRecord | None:
    """Return the request whose context is bound in the calling thread, whoever pushed it.

    Args:
        thread: the calling thread's record.
    """
    context = thread.request
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
    targets: tuple[str, ...] = (),
    carries_work: bool = True,
    due: float | None = None,
) -> Task | None:
    """Record that this thread hands work over; ``None`` while nobody records.

    Args:
        kind: the mechanism.
        frame: the frame that called the function that hands over.
        targets: the files of the function handed over, where they are known.
        carries_work: false for a pool's own worker.
        due: when a timer begins, by the monotonic clock, in seconds.
    """
    thread = here()
    parent: Task | None = thread.task
    request = bound_request(thread) or (parent.request if parent else None)
    recorder: Workload | None = board.current
    # In the thread that runs the tests a task is the running test's, even under a context that a
    # fixture of wider scope pushed during an earlier one.
    if request is not None and not board.among_tests(thread):
        recorder = request.recorder
    if recorder is None:
        return None
    task = Task(
        kind,
        walk(frame),
        thread.name,
        request,
        recorder,
        capped(parent) if parent else None,
        targets,
        carries_work,
        due,
    )
    recorder.handed_over(task)
    return task


def files_of(function: object, depth: int = _WRAPPERS) -> tuple[str, ...]:
    """Return the files of the code that runs when ``function`` is called, wrappers' and wrapped.

    Libraries wrap what they hand over (sentry-sdk, Flask-Executor): the user's function is then
    found in a closure or among the arguments of a partial.
    """
    if type(function) is FunctionType:
        file = function.__code__.co_filename
        inner = function.__closure__
        if inner is None or depth == 0:
            return (file,)
        return (file, *_files(_contents(inner), depth - 1))
    # By type: isinstance() would look through a proxy that was handed over.
    if type(function) is MethodType:
        return files_of(function.__func__, depth)
    if type(function) is partial and depth:
        return _files((function.func, *function.args), depth - 1)
    return ()


def _files(candidates: Iterable[object], depth: int) -> tuple[str, ...]:
    return tuple(file for each in candidates for file in files_of(each, depth))


def _contents(cells: Iterable[CellType]) -> Iterator[object]:
    for cell in cells:
        try:
            yield cell.cell_contents
        except ValueError:  # not assigned yet
            continue
