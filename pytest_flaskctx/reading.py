"""What an access finds of a context that its thread did not push last.

Everything that may change later is looked at in the moment of the access; the fact is made of it
when it is wanted.
"""

from __future__ import annotations

import sys
from functools import partial
from types import FrameType
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_flaskctx.board import board
from pytest_flaskctx.contexts import bound_context, request_of
from pytest_flaskctx.records import ContextRecord, record_of
from pytest_flaskctx.running import outside
from pytest_flaskctx.tasks import RequestRecord, Task
from pytest_flaskctx.threadstate import here

if TYPE_CHECKING:
    from pytest_flaskctx.facts import ContextFact

# Every other wait is known by what was waited for, or counted: these run as long as all that they
# wait for.
_WAITING = {
    "__call__": "asgiref/sync.py",
    "run": "asyncio/runners.py",
    "run_until_complete": "asyncio/base_events.py",
}
_WAITING_DEPTH = 64
"""How deep in what it runs a loop may stand: in a coroutine that starts a thread, say."""


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
        beneath: whether the thread had pushed a request's context of its own above it.
        waiting: whether its owner stood in an event loop that it ran.
        turns: how often the owner had waited for anything until then.
        brought: whether it came with the thread, which was started for another request.
    """

    record: ContextRecord
    owner: str
    own: bool
    over: bool
    same_request: bool
    same_app: bool
    outside: bool
    beneath: bool
    waiting: bool
    turns: int
    brought: bool = False

    @property
    def key(self) -> tuple[bool, ...]:
        """What tells two accesses at one place apart."""
        return self[2:9]

    def came_with(self, started: Task | None, task: Task | None) -> bool:
        """Whether the context came with the thread, and not with the task that it runs.

        Args:
            started: as which the thread was started, with a copy of its starter's context.
            task: the task that accessed it.
        """
        request = self.record.request
        if started is None or started is task or started.request is not request:
            return False
        return task is None or task.request is not request

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
            beneath=self.beneath,
            brought=self.brought,
        )

    def _waits(self, task: Task | None) -> bool:
        """Whether the owner waits for the task at all, or waited for anything after the access."""
        if self.waiting or board.waits_unseen or (task is not None and task.awaited()):
            return True
        turns = self.record.turns
        return (self.record.owner.turns if turns is None else turns) > self.turns


class Closed(NamedTuple):
    """What a read finds that came when its request was over: what it stood on is closed.

    Attributes:
        request: the request.
        owner: name of the thread that served it.
    """

    request: RequestRecord
    owner: str

    @classmethod
    def of(cls, request: RequestRecord, owner: str, _task: Task | None) -> Closed:
        """Return it, for whichever task."""
        return cls(request, owner)

    @property
    def key(self) -> tuple[bool, ...]:
        """What tells two accesses at one place apart: nothing."""
        return ()

    def came_with(self, _started: Task | None, _task: Task | None) -> bool:
        """Whether a context came with the thread: none is bound."""
        return False

    def fact(self, _task: Task | None) -> ContextFact:
        """Return it as what a context of that request would be by now."""
        from pytest_flaskctx.facts import ContextFact

        return ContextFact(
            request=self.request.fact,
            owner=self.owner,
            own=False,
            over=True,
            same_request=True,
            owner_waits=False,
        )


def reader(context: Any, record: ContextRecord) -> partial[Reading]:
    """Return what looks at ``context``, for the task that it is given."""
    return partial(_look, context, record)


def _look(context: Any, record: ContextRecord, task: Task | None) -> Reading:
    asking = task.request if task is not None and not task.unsure else None
    owner, request = record.owner, record.request
    thread = here()
    own = owner is thread
    # What a client keeps for a test's body is there for that, and for its own tasks.
    lent = own or (task is not None and task.kept)
    over = not record.depth if lent else record.over
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
        request is asking or (asking is not None and asking.outer is record),
        asking is not None and asking.app == id(context.app),
        outside(context),
        thread.request is not None and thread.request is not context,
        not own and not over and waits(owner.ident),
        owner.turns,
        task is not None and request is not None and task.brought is request,
    )


def _read_words(request: RequestRecord) -> None:
    """Read the words of a request, where its context is bound beside the one that was read."""
    context = bound_context()
    record = record_of(context) if context is not None else None
    if record is not None and record.request is request:
        request_of(context)


def waits(ident: int) -> bool:
    """Whether the thread ``ident`` runs an event loop to the end of what is awaited there."""
    frame: FrameType | None = sys._current_frames().get(ident)
    for _ in range(_WAITING_DEPTH):
        if frame is None:
            break
        # Most frames are told by the name: each use of a lent context comes through here.
        file = _WAITING.get(frame.f_code.co_name)
        if file and frame.f_code.co_filename.replace("\\", "/").endswith(file):
            return True
        frame = frame.f_back
    return False
