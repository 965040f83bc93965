"""Accesses of a context that this thread did not push last: which of them are looked at."""

from __future__ import annotations

from functools import partial
from typing import Any

from pytest_flaskctx.contexts import record_of
from pytest_flaskctx.reading import Reading, reader
from pytest_flaskctx.recorder import Recorder, board
from pytest_flaskctx.tasks import at_once
from pytest_flaskctx.threadstate import here


def looked_at(context: Any) -> tuple[Recorder, partial[Reading]] | None:
    """Return where an access of ``context`` is booked, and what reads the context for that.

    Nothing is booked of what this thread pushed and has not popped, but for a callback that runs
    while it is registered.
    """
    record = record_of(context)
    recorder = board.responsible()
    if record is None or recorder is None:
        return None
    thread = here()
    inline = thread.task is not None and at_once.get() is thread.task
    if record.owner is thread and record.depth and not inline:
        return None
    return recorder, reader(context, record)
