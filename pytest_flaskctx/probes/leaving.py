"""Contexts that a test or a task leaves behind: the facts of FCX301 and FCX302.

What does not work: walking the stack at every push, to know the line if it turns out to leak. It
would cost each request several microseconds. Flask pops what it pushes itself, whatever happens;
so only other pushes are looked at, and of these the ones in the thread that runs the tests and in
tasks of a pool. Any other thread takes its contexts with it when it ends.

A context is left behind if it is still bound. What a coroutine pushed is not, when that is over.
What a suspended ``with`` holds may be: a response that nobody closed has one. It is let go with
its test, so those are looked at once more, when nothing of the test is kept.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING, Any

from pytest_flaskctx.board import board
from pytest_flaskctx.contexts import record_for, request_of, standing
from pytest_flaskctx.flasknames import PUSHES_FOR_FLASK, request_in, way_of_pushing
from pytest_flaskctx.recorder import Recorder
from pytest_flaskctx.stacks import RawStack, walk
from pytest_flaskctx.tasks import Task
from pytest_flaskctx.threadstate import ThreadState, here

if TYPE_CHECKING:
    from pytest_flaskctx.facts import IncidentKind
    from pytest_flaskctx.tasks import RequestRecord

    Guarded = Callable[[Callable[..., object]], Callable[..., object]]
    """Makes a function switch its probe off instead of raising."""

_IN_PAIRS = ("stream", "client")
"""Ways of pushing that push both contexts of a request in turn."""

_stayed: dict[RawStack, bool] = {}
"""Whether what was suspended at a place survived a garbage collection."""


class Push:
    """A push that Flask did not make for itself.

    Args:
        context: what was pushed, known already.
        frame: the frame that called ``push``.
        recorder: that of the whole test.
        task: the task that pushed it.

    Attributes:
        raw: where it was.
        way: how: ``push``, ``with``, ``stream`` or ``client``.
        slot: what: ``app`` or ``request``.
        depth: how often the context is pushed for as long as this push stands.
        told: whether it is known to be left behind.
        served: whether it is known that a later request was served on it.
    """

    __slots__ = ("depth", "raw", "recorder", "served", "slot", "task", "told", "way")

    def __init__(
        self, context: Any, frame: FrameType, recorder: Recorder, task: Task | None = None
    ) -> None:
        self.raw = walk(frame)
        self.way = way_of_pushing(frame)
        self.slot = "app" if request_in(context) is None else "request"
        self.recorder = recorder
        self.task = task
        self.told = False
        self.served = False
        # Before 3.1.2 a stream pushed the request's context while the request was being served.
        early = self.way == "stream" and self.slot == "request"
        self.depth = 1 if early else record_for(context).depth


class _Lasting:
    """A push that is to last for more than one test."""

    depth = 1


def pushed(context: Any, frame: FrameType, recorder: Recorder, guarded: Guarded) -> None:
    """Note that ``frame`` pushes ``context`` in this thread, not for Flask itself.

    Args:
        context: the context, known already.
        frame: the frame that called ``push``.
        recorder: the running test's.
        guarded: the probe's.
    """
    record, thread = record_for(context), here()
    # What is pushed on top of a push ends before that.
    if record.pushed is None or record.pushed.depth >= record.depth:
        record.pushed = _push(context, thread, frame, recorder, guarded)


def _push(
    context: Any, thread: ThreadState, frame: FrameType, recorder: Recorder, guarded: Guarded
) -> object:
    if thread.token == board.test_thread:
        if board.lasting(frame):
            return _Lasting
        whole = recorder.whole or recorder
        if not whole.pushes:
            whole.pushes = True
            whole.check("over", partial(guarded(_test_over), whole, guarded))
        return Push(context, frame, whole)
    task = _pooled(thread)
    if task is None or not isinstance(task.recorder, Recorder):
        return None
    task.leave = guarded(_task_over)
    return Push(context, frame, task.recorder, task)


def _pooled(thread: ThreadState) -> Task | None:
    """Return the task that this thread does for a pool."""
    task: Task | None = thread.task
    started: Task | None = thread.started
    # A thread that was started to do some work ends with it.
    if task is None or not task.carries_work or (started is not None and started.carries_work):
        return None
    return task


def _test_over(recorder: Recorder, guarded: Guarded) -> None:
    suspended = False
    for context, push in _left(lambda push: push.recorder is recorder):
        if push.way == "push":
            _tell(context, push)
        else:
            suspended = True
    # The traceback of a failed test keeps all that its frames had.
    if suspended and not recorder.failed:
        recorder.check("released", partial(guarded(_test_released), recorder))


def _test_released(recorder: Recorder) -> None:
    """Judge what was suspended in a test of which nothing is kept any more."""
    unknown = _waiting(recorder) - _stayed.keys()
    if unknown:
        # A cycle may keep it. Once a place, for this takes as long as a hundred tests.
        gc.collect()
        stayed = _waiting(recorder)
        _stayed.update({raw: raw in stayed for raw in unknown})
    for context, push in _left(lambda push: push.recorder is recorder):
        if push.told or _stayed[push.raw]:
            _tell(context, push)


def _waiting(recorder: Recorder) -> set[RawStack]:
    left = _left(lambda push: push.recorder is recorder)
    return {push.raw for _, push in left if not push.told}


def _task_over(task: Task) -> None:
    for context, push in _left(lambda push: push.task is task):
        if not push.told:
            push.told = True
            _note("left-worker-context", context, push)


def _left(mine: Callable[[Push], bool]) -> Iterator[tuple[Any, Push]]:
    """Yield what this thread pushed and did not pop, up to a push that is not ``mine``.

    What was there before need not be looked at again: thousands of tests may each leave one.
    """
    whole: dict[RequestRecord, Any] = {}
    for contexts in standing(here()):
        for context in contexts:
            push = _standing_push(context, whole)
            if push is None or push is _Lasting:
                continue
            if not mine(push):
                break
            yield context, push


def _standing_push(context: Any, whole: dict[RequestRecord, Any]) -> Any:
    """Return the push by which ``context`` stands: both contexts of a request by one.

    Args:
        context: a context that stands.
        whole: the pushes of the requests' own contexts that were seen so far.
    """
    record = record_for(context)
    push = record.pushed
    if push is not None and push.depth > record.depth:
        push = None
    if record.request is not None:
        if push is None or (push is not _Lasting and push.way in _IN_PAIRS):
            push = whole.get(record.request, push)
        whole.setdefault(record.request, push)
    return push


def _tell(context: Any, push: Push) -> None:
    """Note that ``context`` is left behind, once for both contexts of a request."""
    record = record_for(context)
    record.pushed = push
    record.left = partial(_served, push)
    if not push.told:
        push.told = True
        _note("left-context", context, push)


def _served(push: Push, frame: FrameType) -> None:
    """Note that a request is served on a context that was left behind."""
    by_flask = frame.f_code.co_qualname in PUSHES_FOR_FLASK
    if by_flask and not push.served and board.current is not None:
        push.served = True
        words = (push.slot, push.way, board.current.subject.name)
        push.recorder.note("left-context", push.raw, words=words, times=0)


def _note(kind: IncidentKind, context: Any, push: Push) -> None:
    # A test that pushes a request's context by hand made that request up.
    sent = push.slot == "request" and push.way in _IN_PAIRS and push.task is None
    push.recorder.note(
        kind,
        push.raw,
        task=push.task,
        request=request_of(context) if sent else None,
        words=(push.slot, push.way),
    )
