"""What an access finds of a context that its thread did not push last.

Everything that may change later is looked at in the moment of the access; the fact is made of it
when it is wanted.
"""

from __future__ import annotations

import sys
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_flaskctx.contexts import ContextRecord, bound_context, record_of, request_of
from pytest_flaskctx.tasks import RequestRecord, Task, outside
from pytest_flaskctx.threadstate import here

if TYPE_CHECKING:
    from pytest_flaskctx.facts import ContextFact

_WAITING = {
    ("concurrent/futures/_base.py", "result"),
    ("concurrent/futures/_base.py", "exception"),
    ("concurrent/futures/_base.py", "wait"),
    ("concurrent/futures/_base.py", "as_completed"),
    ("multiprocessing/pool.py", "wait"),
    ("threading.py", "join"),
    ("threading.py", "wait"),
    ("asgiref/sync.py", "__call__"),
    ("asyncio/runners.py", "run"),
}
_WAITING_DEPTH = 16


class Reading(NamedTuple):
    """How one access found a context.

    Attributes:
        record: what is known of the context.
        owner: name of the thread that pushed it.
        own: whether the accessing thread did.
        over: whether its request was over.
        same_request: whether the accessing task came from that request.
        same_app: whether it came from a request of the same application.
        outside: whether it was bound before that task began, which ran at once.
        waiting: whether its owner was seen waiting.
        turns: how often the owner had waited for anything until then.
    """

    record: ContextRecord
    owner: str
    own: bool
    over: bool
    same_request: bool
    same_app: bool
    outside: bool
    waiting: bool
    turns: int

    @property
    def key(self) -> tuple[bool, ...]:
        """What tells two accesses at one place apart."""
        return self[2:8]

    def fact(self, task: Task | None) -> ContextFact:
        """Return what is known of the context by now.

        Args:
            task: the task that accessed it.
        """
        from pytest_flaskctx.facts import ContextFact

        request = self.record.request
        return ContextFact(
            request=request.fact if request is not None else None,
            of_request=request is not None,
            owner=self.owner,
            own=self.own,
            over=self.over,
            same_request=self.same_request,
            owner_waits=self._waits(task),
            same_app=self.same_app,
            outside=self.outside,
        )

    def _waits(self, task: Task | None) -> bool:
        """Whether the owner waits for the task at all, or waited for anything after the access."""
        if self.waiting or (task is not None and task.awaited()):
            return True
        turns = self.record.turns
        return turns is not None and turns > self.turns


def reader(context: Any, record: ContextRecord) -> partial[Reading]:
    """Return what looks at ``context``, for a task of the request that it is given."""
    return partial(_look, context, record)


def _look(context: Any, record: ContextRecord, asking: RequestRecord | None) -> Reading:
    owner, request = record.owner, record.request
    own = owner is here()
    over = not record.depth if own else record.over
    # Later nobody holds the request any more.
    if request is not None and request.words is None:
        _read_words(request)
    if not over:
        record.watched = True
    return Reading(
        record,
        owner.name,
        own,
        over,
        request is asking,
        asking is not None and asking.app == id(context.app),
        outside(context),
        not own and not over and waits(owner.ident),
        owner.turns,
    )


def _read_words(request: RequestRecord) -> None:
    """Read the words of a request, where its context is bound beside the one that was read."""
    context = bound_context()
    record = record_of(context) if context is not None else None
    if record is not None and record.request is request:
        request_of(context)


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
