"""Accesses of a context that this thread did not push last: which of them are looked at."""

from __future__ import annotations

from functools import partial
from typing import Any

from pytest_flaskctx.board import board
from pytest_flaskctx.contexts import bound_context
from pytest_flaskctx.reading import Reading, reader
from pytest_flaskctx.recorder import Recorder
from pytest_flaskctx.records import record_of
from pytest_flaskctx.running import outside
from pytest_flaskctx.threadstate import here


def looked_at(context: Any) -> tuple[Recorder, partial[Reading]] | None:
    """Return where an access of ``context`` is booked, and what reads the context for that.

    Nothing is booked of what this thread pushed and has not popped, but for a task that runs while
    it is handed over.
    """
    record = record_of(context)
    recorder = board.responsible()
    if record is None or recorder is None:
        return None
    if record.owner is here() and record.depth and not outside(context):
        return None
    return recorder, reader(context, record)


def lent_request() -> Any:
    """Return the request context that is bound here and that this thread did not push, or popped.

    ``None`` where none is bound, or one that this thread is serving.
    """
    context = bound_context()
    if context is None or context is here().request:
        return None
    record = record_of(context)
    return None if record is None or (record.owner is here() and record.depth) else context
