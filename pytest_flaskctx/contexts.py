"""What is known of each Flask context: who pushed it, for which request, whether it is alive.

The record hangs on the context object itself and dies with it. Copies of a request context share
their request object, and so one request record: that is what makes two contexts "the same
request". No record holds the request; the three words that may be shown are read from it when
they are first wanted, while it is being served.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextvars import ContextVar
from types import CodeType
from typing import Any
from weakref import ref

from pytest_flaskctx.flasknames import (
    Slot,
    request_in,
    request_words,
    serves,
)
from pytest_flaskctx.records import RECORD, ContextRecord, record_of
from pytest_flaskctx.tasks import RequestRecord
from pytest_flaskctx.threadstate import ThreadState, here
from pytest_flaskctx.workloads import Workload

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


def is_context(thing: object) -> bool:
    """Whether ``thing`` is a context of Flask's."""
    kind = type(thing)
    # What a metaclass of the user's has for a hash may raise.
    return type(kind) is type and kind in context_slots


def record_for(context: Any) -> ContextRecord:
    """Return what is known of a context that may not have been pushed yet."""
    record = record_of(context)
    if record is None:
        request = request_in(context)
        known = vars(request).get(RECORD) if request is not None else None
        record = context._pytest_flaskctx = ContextRecord(here(), known, ())
        record.depth = 0
    return record


def own_context(variables: list[ContextVar[Any]], thread: ThreadState) -> Any:
    """Return the context that is bound in the calling thread, where that pushed it itself.

    What a coroutine pushed is bound no longer when the coroutine is over, though nobody popped it.
    """
    for variable in variables:
        context = variable.get(None)
        if context is not None:
            record = record_of(context)
            return context if record and record.owner is thread and record.depth else None
    return None


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
    request = own_context(request_variables, thread)
    thread.request = request if request is not None and serves(request) else None
    thread.app = own_context(app_variables, thread)
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


def bound_app_context() -> Any:
    """Return the application context that is bound in the calling thread, whoever pushed it."""
    found = (variable.get(None) for variable in app_variables)
    return next((context for context in found if context is not None), None)


def bound_request(thread: ThreadState) -> RequestRecord | None:
    """Return the request whose context is bound in the calling thread, whoever pushed it.

    Args:
        thread: the calling thread's record.
    """
    context = thread.request
    if context is None:
        context = bound_context()
    return request_of(context) if context is not None else None
