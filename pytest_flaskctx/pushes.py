"""Pushes, pops and copies of contexts, noted on their records."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import FrameType
from typing import Any
from weakref import ref

from pytest_flaskctx.contexts import (
    app_variables,
    known_requests,
    own_context,
    record_for,
    request_variables,
)
from pytest_flaskctx.flasknames import kept_by_client, push_count, serves
from pytest_flaskctx.records import RECORD, ContextRecord, Departure, record_of
from pytest_flaskctx.tasks import RequestRecord
from pytest_flaskctx.threadstate import ThreadState, here
from pytest_flaskctx.workloads import Workload


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
        thread.request = own_context(request_variables, thread)
    if thread.app is not None:
        outer = thread.app = own_context(app_variables, thread)
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
        record = context._pytest_flaskctx = ContextRecord(thread, known, (thread.request, ()))
        if recorder.chronicle is not None:
            recorder.chronicle.served(known, record, thread)
    else:
        _pushed_again(record, thread, thread.request, sys._getframe(2))
    thread.request = context
    return thread.task is not None


def pushed_app(context: Any, _recorder: Workload) -> bool:
    """Note that this thread pushes the application context ``context``; return whether a task does."""
    thread = here()
    if thread.app is not None:
        thread.app = own_context(app_variables, thread)
    record = context._pytest_flaskctx
    if record is None:
        # A request context pushes its own application context while it is pushed itself.
        serving = thread.request
        request = serving._pytest_flaskctx.request if serving is not None else None
        context._pytest_flaskctx = ContextRecord(thread, request, (thread.app, ()))
    else:
        _pushed_again(record, thread, thread.app, sys._getframe(2))
    thread.app = context
    return thread.task is not None


def popped_request(context: Any) -> Sequence[Departure]:
    """Note that the request context ``context`` was popped once; return what left its request."""
    record = context._pytest_flaskctx
    if record is not None and record.depth:
        record.depth -= 1
        before, record.previous = record.previous
        thread = here()
        thread.request = before and own_context(request_variables, thread)
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
        thread.app = before and own_context(app_variables, thread)
        if record.watched:
            left: Sequence[Departure] = record.popped(context, thread)
            return left
    return ()


def pushed_merged(context: Any, recorder: Workload) -> bool:
    """Note that this thread pushes the one context of Flask 3.2; return whether a task does."""
    thread = here()
    record = context._pytest_flaskctx
    served = context.has_request
    before = thread.app and own_context(app_variables, thread)
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
        record = context._pytest_flaskctx = ContextRecord(thread, known, (before, ()))
        if known is not None and recorder.chronicle is not None:
            recorder.chronicle.served(known, record, thread)
    else:
        _pushed_again(record, thread, before, sys._getframe(2))
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
        before = thread.app = before and own_context(app_variables, thread)
        thread.request = before if before is not None and serves(before) else None
        if not (record.depth or record.copied or record.request is None):
            record.request.closed = True
        if record.watched:
            left: Sequence[Departure] = record.popped(context, thread)
            return left
    return ()


def _pushed_again(
    record: ContextRecord, thread: ThreadState, before: Any, frame: FrameType
) -> None:
    """Note that a context is pushed that was before, be it over or not.

    Args:
        record: what is known of it.
        thread: the thread that pushes.
        before: what that had pushed before.
        frame: what pushes.
    """
    if not record.depth:
        if kept_by_client(frame):
            record.kept = True
        elif record.ended:
            record.ended, record.turns = 0, None
    record.owner = thread
    record.depth += 1
    record.previous = (before, record.previous)


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
