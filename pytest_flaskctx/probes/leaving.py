"""Contexts that a test or a task leaves behind, or holds: the facts of FCX301, FCX302 and FCX303.

What does not work: walking the stack at every push, to know the line if it turns out to leak. It
would cost each request several microseconds. Flask pops what it pushes itself, whatever happens;
so only other pushes are looked at, and of these the ones in the thread that runs the tests and in
tasks of a pool. Any other thread takes its contexts with it when it ends.

A context is left behind if it is still bound. What a coroutine pushed is not, when that is over.
What a suspended ``with`` holds may be: a response that nobody closed has one. It is let go with
its test, so those are looked at once more, when nothing of the test is kept.

A request that is served while the suite holds a context of its application comes by what each of
those pushes leaves on the context: nothing is asked of a request that is not within one.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING, Any

from pytest_flaskctx.board import board
from pytest_flaskctx.contexts import context_slots, record_for, request_of, standing
from pytest_flaskctx.flasknames import PUSHES_FOR_FLASK, client_keeping, request_in, way_of_pushing
from pytest_flaskctx.recorder import Recorder
from pytest_flaskctx.records import RECORD
from pytest_flaskctx.stacks import RawStack, walk
from pytest_flaskctx.tasks import Task
from pytest_flaskctx.threadstate import ThreadState, here
from pytest_flaskctx.unasked import attribute_of

if TYPE_CHECKING:
    from pytest_flaskctx.facts import IncidentKind
    from pytest_flaskctx.tasks import RequestRecord

    Guarded = Callable[[Callable[..., object]], Callable[..., object]]
    """Makes a function switch its probe off instead of raising."""

_IN_PAIRS = ("stream", "client")
"""Ways of pushing that push both contexts of a request in turn."""
_BY_HAND = ("push", "with")

_stayed: dict[RawStack, bool] = {}
"""Whether what was suspended at a place survived a garbage collection."""


class Push:
    """A push that Flask did not make for itself.

    Args:
        context: what was pushed, known already.
        frame: the frame that called ``push``.
        recorder: that of the whole test.
        task: the task that pushed it.
        lasting: whether it is to last for more than one test.

    Attributes:
        raw: where it was.
        way: how: ``push``, ``with``, ``stream`` or ``client``.
        slot: what: ``app`` or ``request``.
        depth: how often the context is pushed for as long as this push stands.
        told: whether it is known to be left behind.
        served: whether it is known that a later request was served on it.
        noted: for which test it was noted last that requests are served within it.
    """

    __slots__ = (
        "depth",
        "lasting",
        "noted",
        "raw",
        "recorder",
        "served",
        "slot",
        "task",
        "told",
        "way",
    )

    def __init__(
        self,
        context: Any,
        frame: FrameType,
        recorder: Recorder,
        task: Task | None = None,
        *,
        lasting: bool = False,
    ) -> None:
        self.raw = walk(frame)
        self.way = way_of_pushing(frame)
        self.slot = "app" if request_in(context) is None else "request"
        self.recorder = recorder
        self.task = task
        self.lasting = lasting
        self.told = False
        self.served = False
        self.noted: Recorder | None = None
        # Before 3.1.2 a stream pushed the request's context while the request was being served.
        early = self.way == "stream" and self.slot == "request"
        self.depth = 1 if early or lasting else record_for(context).depth


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
        push = record.pushed = _push(context, thread, frame, recorder, guarded)
        if push is not None:
            record.beneath = partial(_served, push)


def _push(
    context: Any, thread: ThreadState, frame: FrameType, recorder: Recorder, guarded: Guarded
) -> Push | None:
    if thread.token == board.test_thread:
        whole = recorder.whole or recorder
        lasting = board.lasting(frame) or _of_lasting(frame, whole)
        if not whole.pushes and not lasting:
            whole.pushes = True
            whole.check("over", partial(guarded(_test_over), whole, guarded))
        push = Push(context, frame, whole, lasting=lasting)
        record = record_for(context)
        if record.request is not None and push.way in _BY_HAND and not record.copied:
            record.request.made_up = True
        return push
    task = _pooled(thread)
    if task is None or not isinstance(task.recorder, Recorder):
        return None
    task.leave = guarded(_task_over)
    return Push(context, frame, task.recorder, task)


def client_made(client: Any) -> None:
    """Note for which test a test client is made: one that lasts keeps what it had until the next."""
    recorder = board.current
    if here().token == board.test_thread and recorder is not None and recorder.subject.name:
        # A class of the user's may have slots.
        with suppress(AttributeError):
            setattr(client, RECORD, board.turn)


def _of_lasting(frame: FrameType, recorder: Recorder) -> bool:
    """Whether ``frame`` pushes for a test client that is there for several tests.

    Each test makes one and few enter it: so it is asked here, and not where it is made, by whom.
    """
    client = client_keeping(frame) if frame.f_code.co_name == "__enter__" else None
    made: int | None = attribute_of(client, RECORD) if client is not None else None
    return made is not None and (made != board.turn or recorder.subject.shares(client))


def _pooled(thread: ThreadState) -> Task | None:
    """Return the task that this thread does for a pool."""
    task: Task | None = thread.task
    started: Task | None = thread.started
    # A thread that was started to do some work ends with it.
    if task is None or not task.carries_work or (started is not None and started.carries_work):
        return None
    return task


def _test_over(recorder: Recorder, guarded: Guarded) -> None:
    # What is pushed where no test runs, as while a file is imported, is to last.
    if recorder.between_tests:
        return
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
    whole: dict[RequestRecord, Push | None] = {}
    for contexts in standing(here()):
        for context in contexts:
            push = _standing_push(context, whole)
            if push is None or push.lasting:
                continue
            if not mine(push):
                break
            yield context, push


def _standing_push(context: Any, whole: dict[RequestRecord, Push | None]) -> Push | None:
    """Return the push by which ``context`` stands: both contexts of a request by one.

    Args:
        context: a context that stands.
        whole: the pushes of the requests' own contexts that were seen so far.
    """
    record = record_for(context)
    push: Push | None = record.pushed
    if push is not None and push.depth > record.depth:
        push = None
    if record.request is not None:
        if push is None or (not push.lasting and push.way in _IN_PAIRS):
            push = whole.get(record.request, push)
        whole.setdefault(record.request, push)
    return push


def _tell(context: Any, push: Push) -> None:
    """Note that ``context`` is left behind, once for both contexts of a request."""
    record = record_for(context)
    record.pushed = push
    record.beneath = partial(_served, push)
    if record.request is not None:
        record.request.left = True
    if not push.told:
        push.told = True
        _note("left-context", context, push)


def _served(push: Push, context: Any, frame: FrameType) -> None:
    """Note that ``frame`` pushes ``context`` on what ``push`` pushed, if that serves a request."""
    recorder = board.current
    known = push.served if push.told else push.noted is recorder
    if known or recorder is None or frame.f_code.co_qualname not in PUSHES_FOR_FLASK:
        return
    if not push.told:
        held = _held()
        if held is not None and held.noted is not recorder:
            _note_held(held, context, frame, recorder)
        push.noted = recorder
    elif _shares(context):
        push.served = True
        words = (push.slot, push.way, recorder.subject.name)
        push.recorder.note("left-context", push.raw, words=words, times=0)


def _shares(context: Any) -> bool:
    """Whether a request works in the application context that it finds: from Flask 3.2 on, none."""
    return context_slots[type(context)] != "merged"


def _held() -> Push | None:
    """Return by which push the suite holds the application context that is bound, if it does.

    It does not where a request is at work beneath, or a task, or where a response is streamed.
    """
    thread, held = here(), None
    if thread.task is not None:
        return None
    whole: dict[RequestRecord, Push | None] = {}
    # The requests', then the applications', of which the last push counts.
    for contexts in standing(thread):
        held = None
        for context in contexts:
            push = _standing_push(context, whole)
            if push is None or not _is_of_suite(push):
                return None
            held = held or push
            # Beneath stands what tests before left: thousands may each have left one.
            if push.told or push.lasting:
                break
    return held


def _is_of_suite(push: Push) -> bool:
    return push.way != "stream" and push.task is None


def _note_held(push: Push, context: Any, frame: FrameType, recorder: Recorder) -> None:
    push.noted = recorder
    client = push.way == "client"
    words = ("client" if client else push.slot, "shared" if _shares(context) else "own")
    # What a client keeps is where another one sends: nobody wrote a push.
    raw = walk(frame) if client else push.raw
    recorder.note("outer-context", raw, words=words, once=True)


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
