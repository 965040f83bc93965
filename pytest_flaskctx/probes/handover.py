"""Making the record of a hand-over: by whom, for which request, for which test."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from types import FrameType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from pytest_flaskctx.board import board
from pytest_flaskctx.contexts import bound_request, request_of
from pytest_flaskctx.probes import handed, outliving, sharing
from pytest_flaskctx.probes.cells import contents
from pytest_flaskctx.probes.loops import with_awaiters
from pytest_flaskctx.probes.payload import Piece, carried, is_bare
from pytest_flaskctx.stacks import walk
from pytest_flaskctx.tasks import STARTS, RequestRecord, Task, capped
from pytest_flaskctx.threadstate import ThreadState, here
from pytest_flaskctx.workloads import Workload

if TYPE_CHECKING:
    from pytest_flaskctx.facts import OriginKind

_WRAPPERS = 4
_NOTHING: Mapping[str, object] = {}


def hand_over(
    kind: OriginKind,
    frame: FrameType | None,
    *functions: object,
    args: Sequence[object] = (),
    kwargs: Mapping[str, object] = _NOTHING,
    more: int | None = 0,
    lone: object = None,
    pushes: object = None,
    carries_work: bool = True,
    due: float | None = None,
    elsewhere: bool = False,
) -> Task | None:
    """Record that this thread hands work over; ``None`` while nobody records.

    Args:
        kind: the mechanism.
        frame: the frame that called the function that hands over.
        functions: what is handed over: one function, or a function's callbacks.
        args: what it is called with, as far as that is known.
        kwargs: likewise, by name.
        more: how many arguments it is called with besides; ``None`` where that is not known.
        pushes: the context that the pool pushes around each task, where it does.
        lone: names the pool, where that runs one task at a time.
        carries_work: false for a pool's own worker.
        due: when a timer begins, by the monotonic clock, in seconds.
        elsewhere: whether another process does it, with copies of all that it is given.
    """
    # Thousands of hand-overs take nothing along, and call little of what follows: each call costs.
    thread = here()
    parent: Task | None = thread.task
    serving = thread.request if thread.request is not None else thread.hidden
    unsure = False
    if serving is not None:
        request = _served(serving)
    else:
        request, unsure = _worked_for(thread, parent)
    recorder = _workload(thread, request)
    if recorder is None:
        return None
    first = functions[0] if len(functions) == 1 else None
    files = (first.__code__.co_filename,) if is_bare(first) else ()
    task = Task(
        kind,
        with_awaiters(walk(frame)),
        thread.name,
        request,
        recorder,
        capped(parent) if parent else None,
        files or _files(functions, _WRAPPERS),
        carries_work,
        due,
    )
    task.heard = thread.heard
    if unsure:
        task.unsure = True
    elif parent is not None and kind in STARTS:
        task.brought = _brought(thread, request)
    if serving is not None and serving._pytest_flaskctx.kept:
        task.kept = True
    if lone is not None or elsewhere:
        task.lone, task.elsewhere = lone, elsewhere
    recorder.handed_over(task)
    if recorder.chronicle is not None:
        recorder.chronicle.handed(task, (*functions, *args), thread)
    if (args or kwargs or not files or pushes is not None) and carries_work and not elsewhere:
        pieces = carried(functions, args, kwargs, thread, more)
        if pieces or pushes is not None:
            _goes_along(task, thread, pieces, functions, (*args, *kwargs.values()), pushes)
    return task


def _served(context: Any) -> RequestRecord | None:
    """Return the request for which a thread works that pushed ``context``.

    Under what a test before left behind there is none: which test that was is a matter of order.
    """
    request = request_of(context)
    return None if request is not None and request.left else request


def _workload(thread: ThreadState, request: RequestRecord | None) -> Workload | None:
    """Return where a task is booked that this thread hands over for ``request``.

    In the thread that runs the tests a task is the running test's, even under a context that a
    fixture of wider scope pushed during an earlier one.
    """
    if request is None or board.among_tests(thread):
        return board.current
    return request.recorder


def _goes_along(
    task: Task,
    thread: ThreadState,
    pieces: Sequence[Piece],
    functions: Sequence[object],
    given: Sequence[object],
    pushes: object,
) -> None:
    """Note what of interest goes along with ``task``: ``pieces``, and what the pool pushes."""
    if pushes is not None:
        sharing.pushed_around(task, thread, pushes)
    # An object whose method is handed over was not made for this task alone; a thread was.
    lone = task.kind in handed.THREADS
    contexts = [
        each.thing
        for each in pieces
        if each.sort == "context" and (lone or each.way != "attribute")
    ]
    if contexts:
        sharing.handed(task, thread, functions, given, contexts)
    # What a thread inherits, it keeps as well.
    lone = lone and not board.inherits
    contexts += [
        each.thing
        for each in pieces
        if each.sort == "variables" and (lone or each.way != "attribute")
    ]
    if contexts:
        outliving.handed(task, thread, contexts, (*functions, *given))
    handed.proxies(task, thread, pieces, (*functions, *given))
    handed.objects(task, thread, pieces, (*functions, *given))


def _worked_for(thread: ThreadState, parent: Task | None) -> tuple[RequestRecord | None, bool]:
    """Return the request for which this thread works, running the task ``parent``, and a doubt.

    What it pushed itself, which comes first, is nothing. Then comes the task's, then whatever
    context is bound: that may have come with the thread, from another request. A thread may be
    given work by other ways than its start, a queue for one, and what is bound then came with that.
    """
    if parent is None:
        return bound_request(thread), False
    if parent.request is not None and parent.kind not in STARTS:
        unsure = parent.unsure
    else:
        bound = bound_request(thread)
        if bound is not None and bound is not parent.brought:
            return bound, False
        unsure = bound is None and parent.strays(thread.fed)
    # What comes late, by somebody unknown, is nobody's.
    known = parent.request
    return (None if unsure and known is not None and known.recorder.closed else known), unsure


def _brought(thread: ThreadState, request: RequestRecord | None) -> RequestRecord | None:
    """Return the request, not the one that ``thread`` works for, whose context it starts with."""
    bound = bound_request(thread)
    return bound if request is not None and bound is not request else None


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
        return (file, *_files(contents(inner), depth - 1))
    # By type: isinstance() would look through a proxy that was handed over.
    if type(function) is MethodType:
        return files_of(function.__func__, depth)
    if type(function) is partial and depth:
        return _files((function.func, *function.args), depth - 1)
    return ()


def _files(candidates: Iterable[object], depth: int) -> tuple[str, ...]:
    return tuple(file for each in candidates for file in files_of(each, depth))
