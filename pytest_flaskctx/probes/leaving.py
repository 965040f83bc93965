"""Contexts that a test or a task leaves behind: the facts of FCX301 and FCX302.

What does not work: walking the stack at every push, to know the line if it turns out to leak. It
would cost each request 5 to 20 us. Flask pops what it pushes itself, whatever happens; so only the
other pushes are looked at, and of these the ones in the thread that runs the tests and in a task
of a pool. Any other thread takes its contexts with it when it ends.

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

from pytest_flaskctx.contexts import record_for, request_of, standing
from pytest_flaskctx.flasknames import by_flask, way_of_pushing
from pytest_flaskctx.recorder import Recorder, board
from pytest_flaskctx.stacks import RawStack, walk
from pytest_flaskctx.tasks import Task
from pytest_flaskctx.threadstate import ThreadState, here

if TYPE_CHECKING:
    from pytest_flaskctx.facts import IncidentKind
    from pytest_flaskctx.tasks import RequestRecord

    Guarded = Callable[[Callable[..., object]], Callable[..., object]]
    """Makes a function switch its probe off instead of raising."""

_OWN_THREAD = ("thread", "timer")
_ONE_OF_TWO = ("stream", "client")
"""Ways of pushing that push a request's two contexts in turn."""

_collected: dict[RawStack, bool] = {}
"""Places whose suspended blocks were looked at with a garbage collection, and whether one stayed."""


class Push:
    """A push that Flask did not make for itself.

    Attributes:
        raw: where it was made.
        way: how: ``push``, ``with``, ``stream`` or ``client``.
        recorder: that of the whole test.
        task: the task that made it.
        told: whether it is known to be left behind.
        served: whether it is known that a later request was served on it.
    """

    __slots__ = ("raw", "recorder", "served", "task", "told", "way")

    def __init__(self, frame: FrameType, recorder: Recorder, task: Task | None) -> None:
        self.raw = walk(frame)
        self.way = way_of_pushing(frame)
        self.recorder = recorder
        self.task = task
        self.told = False
        self.served = False


def pushed(context: Any, frame: FrameType, recorder: Recorder, guarded: Guarded) -> None:
    """Note that ``frame`` pushes ``context`` in this thread, not for Flask itself.

    Args:
        context: the context, known already.
        frame: the frame that called ``push``.
        recorder: the running test's.
        guarded: the probe's.
    """
    record, thread = record_for(context), here()
    # A block inside a push is certain to end before it.
    if record.depth > 1 and record.pushed is not None:
        return
    record.pushed = None
    if thread.token == board.test_thread:
        whole = recorder.whole or recorder
        if not board.lasting(frame):
            record.pushed = Push(frame, whole, None)
            _expect(whole, guarded)
    elif (task := _pooled(thread)) is not None and isinstance(task.recorder, Recorder):
        record.pushed = Push(frame, task.recorder, task)
        task.leave = guarded(_task_over)


def _pooled(thread: ThreadState) -> Task | None:
    """Return the task that this thread does for a pool."""
    task: Task | None = thread.task
    if task is None or not task.carries_work or task.kind in _OWN_THREAD:
        return None
    started: Task | None = thread.started
    return task if started is None or not started.carries_work else None


def _expect(recorder: Recorder, guarded: Guarded) -> None:
    """Look, when the test is over, at what it leaves behind."""
    if not recorder.pushes:
        recorder.pushes = True
        recorder.check("over", partial(guarded(_test_over), recorder, guarded))


def _test_over(recorder: Recorder, guarded: Guarded) -> None:
    suspended = False
    for context, push in _left(lambda push: push.recorder is recorder):
        if push.way == "push":
            _tell(context, push)
        else:
            suspended = True
    # The traceback of a failed test keeps all that its frames had.
    if suspended and not recorder.failed:
        recorder.check("released", partial(guarded(_released), recorder))


def _released(recorder: Recorder) -> None:
    """Judge the suspended blocks of a test of which nothing is kept any more."""
    waiting = {push.raw for _, push in _untold(recorder)}
    unknown = waiting - _collected.keys()
    if unknown:
        # A cycle may keep one; once a place, since this takes as long as a hundred tests.
        gc.collect()
        stayed = {push.raw for _, push in _untold(recorder)}
        _collected.update({raw: raw in stayed for raw in unknown})
    for context, push in _left(lambda push: push.recorder is recorder):
        if push.told or _collected[push.raw]:
            _tell(context, push)


def _untold(recorder: Recorder) -> list[tuple[Any, Push]]:
    left = _left(lambda push: push.recorder is recorder)
    return [(context, push) for context, push in left if not push.told]


def _task_over(task: Task) -> None:
    for context, push in _left(lambda push: push.task is task):
        if not push.told:
            push.told = True
            _note("left-worker-context", context, push)


def _left(mine: Callable[[Push], bool]) -> Iterator[tuple[Any, Push]]:
    """Yield what this thread pushed and did not pop, up to a push that is not ``mine``.

    What was there before need not be looked at again: thousands of tests may each leave one.
    """
    whole: dict[RequestRecord, Push] = {}
    for contexts in standing(here()):
        for context in contexts:
            record = record_for(context)
            push: Push | None = record.pushed
            if record.request is not None:
                if push is None or push.way in _ONE_OF_TWO:
                    push = whole.get(record.request, push)
                if push is not None:
                    whole.setdefault(record.request, push)
            if push is None:
                continue
            if not mine(push):
                break
            yield context, push


def _tell(context: Any, push: Push) -> None:
    """Note that ``context`` is left behind, once for the two that a request has."""
    record = record_for(context)
    record.pushed = push
    record.left = partial(_served, context, push)
    if not push.told:
        push.told = True
        _note("left-context", context, push)


def _served(context: Any, push: Push, _request: Any, frame: FrameType) -> None:
    """Note that a request is served on a context that was left behind."""
    if not push.served and by_flask(frame):
        push.served = True
        test = board.current.subject.name if board.current is not None else ""
        _note("left-context", context, push, test)


def _note(kind: IncidentKind, context: Any, push: Push, *more: str) -> None:
    of_request = getattr(context, "request", None) is not None
    # Of any other request the test knows itself which it made.
    request = request_of(context) if of_request and push.way in _ONE_OF_TWO else None
    words = ("request" if of_request else "app", push.way, *more)
    times = 0 if more else 1
    push.recorder.note(kind, push.raw, task=push.task, request=request, words=words, times=times)
