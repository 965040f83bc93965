"""What is known of each Flask context: who pushed it, for which request, whether it is alive.

The record hangs on the context object itself and dies with it. Copies of a request context share
their request object, and so one request record: that is what makes two contexts "the same
request". No record holds the request; the three words that may be shown are read from it when
they are first wanted, while it is being served.
"""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from types import CodeType, FrameType
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import ref

from pytest_flaskctx.flasknames import (
    Slot,
    kept_by_client,
    push_count,
    request_in,
    request_words,
    serves,
)
from pytest_flaskctx.stacks import RawStack
from pytest_flaskctx.tasks import RequestRecord, Task, Waited, Workload, moments
from pytest_flaskctx.threadstate import ThreadState, here

if TYPE_CHECKING:
    Beneath = Callable[[Any, FrameType], object]
    """Called with a request's context, and the frame that pushes it on another one."""

RECORD = "_pytest_flaskctx"
"""The attribute of a context, or of a request, that holds its record; ``None`` on the classes of
contexts while the probes are in place."""

request_variables: list[ContextVar[Any]] = []
"""The context variables that hold request contexts: one for each Flask that was imported."""

copying: dict[int, CodeType] = {}
"""The code of functions that push the context in their closure and call another, by its ``id``."""

app_variables: list[ContextVar[Any]] = []
"""Likewise those that hold application contexts."""

context_slots: dict[type, Slot] = {}
"""The classes of contexts, each with what it holds."""

MOST_REQUESTS = 100
"""How many requests are remembered, the latest ones."""

known_requests: deque[ref[Any]] = deque(maxlen=MOST_REQUESTS)
"""The requests that were pushed since the last look at them. One for the whole process, for each
request pays for it: whose it is, its record tells."""


class Entry(NamedTuple):
    """One call of a task that pushed a context.

    Attributes:
        task: the task.
        begun: the moment at which the call began.
        raw: the stack of the push; empty for the first one.
    """

    task: Task
    begun: int
    raw: RawStack


class Loan:
    """A context that was handed to a task by the thread that had it pushed.

    Args:
        task: the task.
        lender: the thread.

    Attributes:
        ended: the moment at which the lender popped it; 0 while it did not.
        heard: the moment at which the lender had last waited for anything by then.
    """

    __slots__ = ("ended", "heard", "lender", "task")

    def __init__(self, task: Task, lender: ThreadState) -> None:
        self.task = task
        self.lender = lender
        self.ended = 0
        self.heard = 0


class Departure:
    """A task that takes something of its request along, and that the request may not wait for.

    Args:
        task: the task.
        thread: the thread that hands it over.

    Attributes:
        turns: how often that thread had waited for anything by then.
        until: how often by the end of what it did for the request, once that is known.
        closed: whether it had by then waited for a pool to be done.
        called_off: whether the task was over when the request was, and had never begun.
        beside: what may be waited for in its place, other than for the task's own end.
        tells: what is to be called if it outlives the request.
        booked: whether that is going to be judged.
    """

    __slots__ = (
        "beside",
        "booked",
        "called_off",
        "closed",
        "task",
        "tells",
        "thread",
        "turns",
        "until",
    )

    def __init__(self, task: Task, thread: ThreadState) -> None:
        self.task = task
        self.thread = thread
        self.turns = thread.turns
        self.until: int | None = None
        self.closed = False
        self.called_off = False
        self.beside: tuple[Waited, ...] = ()
        self.tells: list[Callable[[], object]] = []
        self.booked = False

    def settle(self) -> None:
        """Note what the thread has waited for by now, at its request's or its own task's end."""
        self.until = self.thread.turns
        self.closed = self.thread.closed > self.task.number


class ContextRecord:
    """One context object.

    Args:
        owner: the thread that pushes it.
        request: the request it belongs to.
        previous: what its thread had pushed before it.

    Attributes:
        owner: the thread that pushed it last.
        depth: how often it is pushed at the moment; 0 when it is over.
        previous: what its thread had pushed before it, the last push first: a linked list.
        request: the request it belongs to.
        copied: whether it was copied from another context of its request.
        kept: whether a test client pushed it again for the test's body, when its request was over.
        watched: whether its end is to be noted.
        over_at: when a watched one was over, by the monotonic clock, in seconds.
        turns: how often its owner had waited for anything by then.
        number: by which a child process calls it; 0 where none was forked while it was bound.
        handed: the task that it was handed to last, in a function that pushes it at once.
        entries: the calls of tasks that pushed it.
        loans: the tasks that it was handed to while it was pushed.
        departures: the tasks that take something of its request along.
        at_end: what is to be done with a watched one whenever it is over; must raise nothing.
        pushed: what is known of its push, where Flask did not make that for itself.
        beneath: called when a request of its application is pushed on it.
    """

    __slots__ = ("__dict__", "depth", "owner", "previous", "request")

    # Defaults of the class cost a push nothing, and few records ever have others.
    copied = False
    kept = False
    watched = False
    over_at: float | None = None
    turns: int | None = None
    number = 0
    handed: Task | None = None
    entries: Sequence[Entry] = ()
    loans: Sequence[Loan] = ()
    departures: Sequence[Departure] = ()
    at_end: Callable[[Any], object] | None = None
    pushed: Any = None
    beneath: Beneath | None = None

    def __init__(
        self, owner: ThreadState, request: RequestRecord | None, previous: tuple[Any, ...]
    ) -> None:
        self.owner = owner
        self.depth = 1
        self.previous = previous
        self.request = request

    @property
    def over(self) -> bool:
        """Whether its request is over, or whatever it was pushed for."""
        return not self.depth or self.kept

    def popped(self, context: Any, thread: ThreadState) -> Sequence[Departure]:
        """Note that ``thread`` popped ``context``, whose record this is, while it was watched.

        Returns what left its request, if that is over by now.
        """
        if not self.depth:
            self.over_at = time.monotonic()
            self.turns = self.owner.turns
            if self.at_end is not None:
                self.at_end(context)
        for loan in self.loans:
            if loan.lender is thread:
                loan.ended, loan.heard = next(moments), thread.heard
        return () if self.depth or self.kept else self.departures


def record_of(context: Any) -> ContextRecord | None:
    """Return what is known of a context; nothing if it was pushed before the probes came."""
    record: ContextRecord | None = getattr(context, RECORD, None)
    return record


def record_for(context: Any) -> ContextRecord:
    """Return what is known of a context that may not have been pushed yet."""
    record = record_of(context)
    if record is None:
        request = request_in(context)
        known = vars(request).get(RECORD) if request is not None else None
        record = context._pytest_flaskctx = ContextRecord(here(), known, ())
        record.depth = 0
    return record


def copied(context: Any, copy: Any) -> None:
    """Note that ``copy`` was made of the request context ``context``."""
    record = record_of(context)
    record_for(copy).copied = True
    if record is not None and record.request is not None and not record.copied:
        record.request.original = record


# Each request comes through these four: they read and set plain attributes, for whatever goes by
# a context's ``__dict__`` makes every later look at its attributes slower, Flask's own too.
def pushed_request(context: Any, recorder: Workload) -> bool:
    """Note that this thread pushes the request context ``context``; return whether a task does."""
    thread = here()
    if thread.request is not None:
        thread.request = _own(request_variables, thread)
    if thread.app is not None:
        outer = thread.app = _own(app_variables, thread)
        if outer is not None:
            _pushed_on(outer, thread.request or outer, context, sys._getframe(2))
    record = context._pytest_flaskctx
    if record is None:
        # A request is often of the user's own class, which may have a `__setattr__` of its own.
        request = context.request
        about = request.__dict__
        known = about.get(RECORD)
        if known is None:
            known = about[RECORD] = RequestRecord(recorder)
            known_requests.append(ref(request))
            if thread.app is not None:
                known.outer = thread.app._pytest_flaskctx
        context._pytest_flaskctx = ContextRecord(thread, known, (thread.request, ()))
    else:
        if not record.depth and kept_by_client(sys._getframe(2)):
            record.kept = True
        record.owner = thread
        record.depth += 1
        record.previous = (thread.request, record.previous)
    thread.request = context
    return thread.task is not None


def pushed_app(context: Any, _recorder: Workload) -> bool:
    """Note that this thread pushes the application context ``context``; return whether a task does."""
    thread = here()
    if thread.app is not None:
        thread.app = _own(app_variables, thread)
    record = context._pytest_flaskctx
    if record is None:
        # A request context pushes its own application context while it is pushed itself.
        serving = thread.request
        request = serving._pytest_flaskctx.request if serving is not None else None
        context._pytest_flaskctx = ContextRecord(thread, request, (thread.app, ()))
    else:
        if not record.depth and kept_by_client(sys._getframe(2)):
            record.kept = True
        record.owner = thread
        record.depth += 1
        record.previous = (thread.app, record.previous)
    thread.app = context
    return thread.task is not None


def popped_request(context: Any) -> Sequence[Departure]:
    """Note that the request context ``context`` was popped once; return what left its request."""
    record = context._pytest_flaskctx
    if record is not None and record.depth:
        record.depth -= 1
        before, record.previous = record.previous
        thread = here()
        thread.request = before and _own(request_variables, thread)
        if record.watched:
            left: Sequence[Departure] = record.popped(context, thread)
            return left
    return ()


def popped_app(context: Any) -> Sequence[Departure]:
    """Note that the application context ``context`` was popped once; return what left its request."""
    record = context._pytest_flaskctx
    if record is not None and record.depth:
        record.depth -= 1
        before, record.previous = record.previous
        thread = here()
        thread.app = before and _own(app_variables, thread)
        if record.watched:
            left: Sequence[Departure] = record.popped(context, thread)
            return left
    return ()


def pushed_merged(context: Any, recorder: Workload) -> bool:
    """Note that this thread pushes the one context of Flask 3.2; return whether a task does."""
    thread = here()
    record = context._pytest_flaskctx
    served = context.has_request
    before = thread.app and _own(app_variables, thread)
    if record is None:
        known = None
        if served:
            request = context.request
            about = request.__dict__
            known = about.get(RECORD)
            if known is None:
                known = about[RECORD] = RequestRecord(recorder)
                known_requests.append(ref(request))
                if before is not None:
                    _pushed_on(before, before, context, sys._getframe(2))
        context._pytest_flaskctx = ContextRecord(thread, known, (before, ()))
    else:
        if not record.depth and kept_by_client(sys._getframe(2)):
            record.kept = True
        record.owner = thread
        record.depth += 1
        record.previous = (before, record.previous)
    thread.app = context
    thread.request = context if served else None
    return thread.task is not None


def popped_merged(context: Any) -> Sequence[Departure]:
    """Note that the one context of Flask 3.2 was popped once; return what left its request."""
    record = context._pytest_flaskctx
    if record is not None and record.depth > push_count(context):
        record.depth -= 1
        before, record.previous = record.previous
        thread = here()
        before = thread.app = before and _own(app_variables, thread)
        thread.request = before if before is not None and serves(before) else None
        if record.watched:
            left: Sequence[Departure] = record.popped(context, thread)
            return left
    return ()


def _own(variables: list[ContextVar[Any]], thread: ThreadState) -> Any:
    """Return the context that is bound in the calling thread, where that pushed it itself.

    What a coroutine pushed is bound no longer when the coroutine is over, though nobody popped it.
    """
    for variable in variables:
        context = variable.get(None)
        if context is not None:
            record = record_of(context)
            return context if record and record.owner is thread and record.depth else None
    return None


def _pushed_on(outer: Any, serving: Any, context: Any, frame: FrameType) -> None:
    """Note that a request is pushed while an application context is bound.

    Args:
        outer: the application context.
        serving: the request context that brought it along, if one did.
        context: that of the request.
        frame: what pushes.
    """
    beneath = outer._pytest_flaskctx.beneath or serving._pytest_flaskctx.beneath
    if beneath is not None and outer.app is context.app:
        beneath(context, frame)


def requests_of(recorder: Workload) -> list[Any]:
    """Return the requests of a test that are still there, and forget them.

    Args:
        recorder: the test's.
    """
    found = []
    for _ in range(len(known_requests)):
        reference = known_requests.popleft()
        request = reference()
        record = request.__dict__.get(RECORD) if request is not None else None
        if record is not None:
            if record.recorder is recorder:
                found.append(request)
            else:
                known_requests.append(reference)
    return found


def standing(thread: ThreadState) -> Iterator[Iterator[Any]]:
    """Return what the calling thread pushed and did not pop, each the last push first.

    Args:
        thread: the calling thread's record.

    Yields:
        its request contexts, then its application contexts.
    """
    request = _own(request_variables, thread)
    thread.request = request if request is not None and serves(request) else None
    thread.app = _own(app_variables, thread)
    for top in (thread.request, thread.app):
        yield _downwards(top)


def _downwards(context: Any) -> Iterator[Any]:
    """Yield ``context`` and what its thread had pushed before it, each once."""
    below: dict[int, tuple[Any, ...]] = {}
    while context is not None and (record := record_of(context)) is not None:
        if id(context) not in below:
            yield context
        # Another thread may have popped it, and then there is nothing before it any more.
        rest = below.get(id(context), record.previous) or (None, ())
        before, below[id(context)] = rest
        context = before


def request_of(context: Any) -> RequestRecord | None:
    """Return the request behind a request context, its three words read by now."""
    record = record_of(context)
    request = record.request if record is not None else None
    if request is not None and request.words is None:
        request.words = request_words(context.request)
        request.app = id(context.app)
    return request


def bound_context() -> Any:
    """Return the request context that is bound in the calling thread, whoever pushed it."""
    for variable in request_variables:
        context = variable.get(None)
        if context is not None and serves(context):
            return context
    return None


def bound_request(thread: ThreadState) -> RequestRecord | None:
    """Return the request whose context is bound in the calling thread, whoever pushed it.

    Args:
        thread: the calling thread's record.
    """
    context = thread.request
    if context is None:
        context = bound_context()
    return request_of(context) if context is not None else None
