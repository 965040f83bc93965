"""The record of one context object, and what it keeps of the tasks that had to do with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import FrameType
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_flaskctx.stacks import RawStack
from pytest_flaskctx.tasks import RequestRecord, Task, Waited, moments
from pytest_flaskctx.threadstate import ThreadState

if TYPE_CHECKING:
    Beneath = Callable[[Any, FrameType], object]
    """Called with a request's context, and the frame that pushes it on another one."""

RECORD = "_pytest_flaskctx"
"""The attribute of a context, or of a request, that holds its record; ``None`` on the classes of
contexts while the probes are in place."""


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
        ended: the moment at which a watched one was over; 0 while it is not.
        turns: how often its owner had waited for anything by then.
        number: by which a child process calls it; 0 where none was forked while it was bound.
        handed: the task that it was handed to last, in a function that pushes it at once.
        entries: the calls of tasks that pushed it.
        loans: the tasks that it was handed to while it was pushed.
        departures: the tasks that take something of its request along.
        at_end: what is to be done with a watched one whenever it is over; must raise nothing.
        timed: likewise, where a picture is wanted.
        pushed: what is known of its push, where Flask did not make that for itself.
        beneath: called when a request of its application is pushed on it.
    """

    __slots__ = ("__dict__", "depth", "owner", "previous", "request")

    # Defaults of the class cost a push nothing, and few records ever have others.
    copied = False
    kept = False
    watched = False
    ended = 0
    turns: int | None = None
    number = 0
    handed: Task | None = None
    entries: Sequence[Entry] = ()
    loans: Sequence[Loan] = ()
    departures: Sequence[Departure] = ()
    at_end: Callable[[Any], object] | None = None
    timed: Callable[[Any], object] | None = None
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
            self.ended = next(moments)
            self.turns = self.owner.turns
            if self.at_end is not None:
                self.at_end(context)
            if self.timed is not None:
                self.timed(context)
        for loan in self.loans:
            if loan.lender is thread:
                loan.ended, loan.heard = next(moments), thread.heard
        return () if self.depth or self.kept else self.departures


def record_of(context: Any) -> ContextRecord | None:
    """Return what is known of a context; nothing if it was pushed before the probes came."""
    record: ContextRecord | None = getattr(context, RECORD, None)
    return record
