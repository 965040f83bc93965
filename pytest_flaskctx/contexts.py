"""What is known of each Flask context: who pushed it, for which request, whether it is alive.

The record hangs on the context object itself and dies with it. Copies of a request context share
their request object, and so one request record: that is what makes two contexts "the same
request". No record holds the request; the three words that may be shown are read from it when
they are first wanted, while it is being served.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, Any

from pytest_flaskctx.flasknames import request_words
from pytest_flaskctx.tasks import RequestRecord, Workload
from pytest_flaskctx.threadstate import ThreadState, here

if TYPE_CHECKING:
    from pytest_flaskctx.facts import ContextFact

RECORD = "_pytest_flaskctx"
"""The attribute of a context, or of a request, that holds its record; ``None`` on the classes of
contexts while the probes are in place."""
_WAITING = {
    ("concurrent/futures/_base.py", "result"),
    ("concurrent/futures/_base.py", "exception"),
    ("concurrent/futures/_base.py", "wait"),
    ("concurrent/futures/_base.py", "as_completed"),
    ("multiprocessing/pool.py", "wait"),
    ("threading.py", "join"),
    ("asgiref/sync.py", "__call__"),
}
_WAITING_DEPTH = 16


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
    """

    __slots__ = ("depth", "owner", "previous", "request")

    def __init__(
        self, owner: ThreadState, request: RequestRecord | None, previous: tuple[Any, ...]
    ) -> None:
        self.owner = owner
        self.depth = 1
        self.previous = previous
        self.request = request

    def read(self, asking: RequestRecord | None) -> Callable[[], ContextFact]:
        """Look at what an access from a task of the request ``asking`` reads here, and how."""
        own = self.owner is here()
        request = self.request
        over, same_request = self.depth == 0, request is asking
        owner_waits = not own and waits(self.owner.ident)

        def fact() -> ContextFact:
            from pytest_flaskctx.facts import ContextFact

            words = request.fact if request is not None else None
            return ContextFact(words, self.owner.name, own, over, same_request, owner_waits)

        return fact


def record_of(context: Any) -> ContextRecord | None:
    """Return what is known of a context; nothing if it was pushed before the probes came."""
    record: ContextRecord | None = getattr(context, RECORD, None)
    return record


# Each request comes through these four: they read and set plain attributes, for whatever goes by
# a context's ``__dict__`` makes every later look at its attributes slower, Flask's own too.
def pushed_request(context: Any, recorder: Workload) -> None:
    """Note that this thread pushes the request context ``context``."""
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
        record.owner = thread
        record.depth += 1
        record.previous = (thread.request, record.previous)
    thread.request = context


def pushed_app(context: Any, _recorder: Workload) -> None:
    """Note that this thread pushes the application context ``context``."""
    thread = here()
    record = context._pytest_flaskctx
    if record is None:
        # A request context pushes its own application context while it is pushed itself.
        serving = thread.request
        request = serving._pytest_flaskctx.request if serving is not None else None
        context._pytest_flaskctx = ContextRecord(thread, request, (thread.app, ()))
    else:
        record.owner = thread
        record.depth += 1
        record.previous = (thread.app, record.previous)
    thread.app = context


def popped_request(context: Any) -> None:
    """Note that the request context ``context`` was popped once."""
    record = context._pytest_flaskctx
    if record is not None and record.depth:
        record.depth -= 1
        before, record.previous = record.previous
        thread = here()
        if thread.request is context:
            thread.request = before


def popped_app(context: Any) -> None:
    """Note that the application context ``context`` was popped once."""
    record = context._pytest_flaskctx
    if record is not None and record.depth:
        record.depth -= 1
        before, record.previous = record.previous
        thread = here()
        if thread.app is context:
            thread.app = before


def request_of(context: Any) -> RequestRecord | None:
    """Return the request behind a request context, its three words read by now."""
    record = record_of(context)
    request = record.request if record is not None else None
    if request is not None and request.words is None:
        request.words = request_words(context.request)
    return request


def waits(ident: int) -> bool:
    """Whether the thread ``ident`` stands in a call that waits for somebody's result."""
    frame: FrameType | None = sys._current_frames().get(ident)
    for _ in range(_WAITING_DEPTH):
        if frame is None:
            break
        code = frame.f_code
        place = "/".join(code.co_filename.replace("\\", "/").rsplit("/", 3)[1:])
        if any(place.endswith(file) and code.co_name == name for file, name in _WAITING):
            return True
        frame = frame.f_back
    return False
