"""What is known of each Flask context: who pushed it, for which request, whether it is alive.

The record hangs on the context object itself and dies with it. Copies of a request context share
their request object, and so one request record: that is what makes two contexts "the same
request". No record holds the request; the three words that may be shown are read from it when
they are first wanted, while it is being served.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from contextvars import ContextVar
from types import CodeType
from typing import Any, NamedTuple

from pytest_flaskctx.flasknames import kept_by_client, request_words
from pytest_flaskctx.stacks import RawStack
from pytest_flaskctx.tasks import RequestRecord, Task, Workload, moments
from pytest_flaskctx.threadstate import ThreadState, here

RECORD = "_pytest_flaskctx"
"""The attribute of a context, or of a request, that holds its record; ``None`` on the classes of
contexts while the probes are in place."""

request_variables: list[ContextVar[Any]] = []
"""The context variables that hold request contexts: one for each Flask that was imported."""

copying: dict[int, CodeType] = {}
"""The code of functions that push the context in their closure and call another, by its ``id``."""

context_slots: dict[type, str] = {}
"""The classes of contexts, each with what it holds: ``app`` or ``request``."""


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
        kept: whether a test client pushed it again for the test's body, when its request was over.
        watched: whether its end is to be noted.
        over_at: when a watched one was over, by the monotonic clock, in seconds.
        turns: how often its owner had waited for anything by then.
        number: by which a child process calls it; 0 where none was forked while it was bound.
        handed: the task that it was handed to last, in a function that pushes it at once.
        entries: the calls of tasks that pushed it.
        loans: the tasks that it was handed to while it was pushed.
    """

    __slots__ = ("__dict__", "depth", "owner", "previous", "request")

    # Defaults of the class cost a push nothing, and few records ever have others.
    kept = False
    watched = False
    over_at: float | None = None
    turns: int | None = None
    number = 0
    handed: Task | None = None
    entries: Sequence[Entry] = ()
    loans: Sequence[Loan] = ()

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

    def popped(self, thread: ThreadState) -> None:
        """Note that ``thread`` popped a watched one."""
        if not self.depth:
            self.over_at = time.monotonic()
            self.turns = self.owner.turns
        for loan in self.loans:
            if loan.lender is thread:
                loan.ended, loan.heard = next(moments), thread.heard


def record_of(context: Any) -> ContextRecord | None:
    """Return what is known of a context; nothing if it was pushed before the probes came."""
    record: ContextRecord | None = getattr(context, RECORD, None)
    return record


def record_for(context: Any) -> ContextRecord:
    """Return what is known of a context that may not have been pushed yet."""
    record = record_of(context)
    if record is None:
        request = getattr(context, "request", None)
        known = vars(request).get(RECORD) if request is not None else None
        record = context._pytest_flaskctx = ContextRecord(here(), known, ())
        record.depth = 0
    return record


# Each request comes through these four: they read and set plain attributes, for whatever goes by
# a context's ``__dict__`` makes every later look at its attributes slower, Flask's own too.
def pushed_request(context: Any, recorder: Workload) -> bool:
    """Note that this thread pushes the request context ``context``; return whether a task does."""
    thread = here()
    record = context._pytest_flaskctx
    if record is None:
        # A request is often of the user's own class, which may have a `__setattr__` of its own.
        request = context.request.__dict__
        known = request.get(RECORD)
        if known is None:
            known = request[RECORD] = RequestRecord(recorder)
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


def popped_request(context: Any) -> None:
    """Note that the request context ``context`` was popped once."""
    record = context._pytest_flaskctx
    if record is not None and record.depth:
        record.depth -= 1
        before, record.previous = record.previous
        thread = here()
        if thread.request is context:
            thread.request = before
        if record.watched:
            record.popped(thread)


def popped_app(context: Any) -> None:
    """Note that the application context ``context`` was popped once."""
    record = context._pytest_flaskctx
    if record is not None and record.depth:
        record.depth -= 1
        before, record.previous = record.previous
        thread = here()
        if thread.app is context:
            thread.app = before
        if record.watched:
            record.popped(thread)


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
        if context is not None:
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
