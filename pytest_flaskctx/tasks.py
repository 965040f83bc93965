"""Work on its way from one thread to another.

A task is the only record of ours that changes: it is handed over, may begin, and ends. It keeps
code objects and strings, never the work itself. The chain of tasks that handed over tasks is
cut after ``MAX_CHAIN``: a timer that starts its successor would otherwise grow it for ever.
"""

from __future__ import annotations

import itertools
import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from pytest_flaskctx.stacks import RawStack

if TYPE_CHECKING:
    from typing import Protocol

    from pytest_flaskctx.facts import OriginKind, RequestFact
    from pytest_flaskctx.records import ContextRecord, Departure
    from pytest_flaskctx.workloads import Workload

    class Settles(Protocol):
        """What waits for the end of a task to be known whole."""

        def settle(self) -> None:
            """Note what can be told now."""


MAX_CHAIN = 6
STARTS: tuple[OriginKind, ...] = ("thread", "process")
"""The mechanisms whose task lasts as long as its thread or process, whatever that is given later."""

moments = itertools.count(1)
"""Numbers the tasks, and whatever else is to be told as before or after them."""


class RequestRecord:
    """One request, however many contexts are copied from its own.

    Attributes:
        recorder: where what it causes is booked: the test that ran when it was first pushed.
        words: its method, rule and endpoint, once they were wanted.
        app: ``id()`` of the application that serves it, once the words were wanted.
        original: its own context, where one was copied from that.
        outer: the application context that its thread had pushed before; up to Flask 3.1 a request
            of the same application works in that.
        made_up: whether a test made it up, and pushed its context by hand.
        left: whether its test is over and left its context behind: it serves nobody any more.
        closed: whether its own context was popped, where Flask leaves no sign of that: from 3.2 on.
        key: by which other processes know it, once one was told of it; else there is none.
    """

    __slots__ = ("__dict__", "app", "recorder", "words")

    # Defaults of the class cost a request nothing.
    original: ContextRecord | None = None
    outer: ContextRecord | None = None
    made_up = False
    left = False
    closed = False
    key: str

    def __init__(self, recorder: Workload) -> None:
        self.recorder = recorder
        self.words: tuple[str, str, str | None] | None = None
        self.app = 0

    @property
    def fact(self) -> RequestFact | None:
        """Its words as a fact."""
        if self.words is None:
            return None
        from pytest_flaskctx.facts import RequestFact

        return RequestFact(*self.words)


class Waited:
    """For which requests the program waited for something to its end.

    Attributes:
        by: the requests in whose threads and tasks it was waited for; ``None`` outside any.
        at: the moment at which it first was; 0 while it was not.
        tells: whether the end of it says anything of the end of work.
        asked: the requests in whose threads and tasks it was asked after in vain, or called off.
        shares: whether a context goes along with the task, which another one may get too.
    """

    # Defaults of the class, for one is made with each task and few are ever asked.
    at = 0
    tells = True
    by: tuple[RequestRecord | None, ...] = ()
    asked: tuple[RequestRecord | None, ...] = ()
    shares = False


class Task:
    """One piece of work handed over.

    Attributes:
        number: never reused.
        kind: the mechanism.
        raw: the stack of the hand-over.
        thread: name of the thread that handed over.
        request: the request it was handed over for, directly or through other tasks.
        recorder: where it is booked: the test that it belongs to.
        parent: the task that handed it over.
        targets: the files of the function handed over.
        carries_work: false for a pool's own worker threads, which only carry others' work.
        due: when a timer begins, by ``time.monotonic()``, in seconds.
        ident: ``get_ident()`` of the thread that runs it, while it runs.
        early: how many of its sleeps were ended early.
        inline: it ran in the thread that handed it over, during the hand-over.
        cancelled: asks whether what is still to come was called off.
        sightings: what it was seen to access, to be settled when it ends.
        waits: what may be waited for in its place: its future, its thread, its pool.
        lone: names the pool, where that runs one task at a time.
        several: whether calls of it run at the same time.
        heard: the moment at which the thread that handed over had last waited for anything.
        leave: called when one of its calls is over, once it has pushed a context.
        elsewhere: it runs in another process, of which only its end is seen here.
        kept: whether that was a test's body, under a context that a client keeps for it.
        departure: what is known of it as one that takes something of its request along.
        unsure: whether it may be somebody else's than its request's, of whom nobody told.
        shares: whether a context goes along with it, which another task may get too.
        brought: the request whose context came with its thread or process, which was started for
            another one.
    """

    # Defaults of the class cost a hand-over nothing.
    ident = 0
    early = 0
    inline = False
    sightings: list[Settles] | tuple[()] = ()
    waits: tuple[Waited, ...] = ()
    lone: object = None
    several = False
    heard = 0
    leave: Callable[[Task], object] | None = None
    elsewhere = False
    kept = False
    departure: Departure | None = None
    unsure = False
    shares = False
    brought: RequestRecord | None = None
    cancelled: Callable[[], bool] = staticmethod(lambda: False)

    def __init__(
        self,
        kind: OriginKind,
        raw: RawStack,
        thread: str,
        request: RequestRecord | None,
        recorder: Workload,
        parent: Task | None,
        targets: tuple[str, ...] = (),
        carries_work: bool = True,
        due: float | None = None,
    ) -> None:
        self.number = next(moments)
        self.kind = kind
        self.raw = raw
        self.thread = thread
        self.request = request
        self.recorder = recorder
        self.parent = parent
        self.targets = targets
        self.carries_work = carries_work
        self.due = due
        # Its length counts the calls that are still to come: a list needs no lock, and a lock of
        # ours that another thread held during a fork would hang the child.
        self._calls: list[None] = [None]

    @property
    def depth(self) -> int:
        """How many tasks stand behind this one."""
        return 0 if self.parent is None else 1 + self.parent.depth

    def strays(self, fed: int) -> bool:
        """Whether the thread that runs it may by now work for anybody.

        A thread lasts longer than what it was started for. The first thing that it waited for may
        have been just that, and every further one may be somebody else's.

        Args:
            fed: how often that thread waited for what may have told it to do something.
        """
        return self.unsure or (fed > 1 and self.kind in STARTS)

    def awaited(self) -> bool:
        """Whether its request waited for this task, and for each that it is part of."""
        waiting = None if self.kept else self.request
        if not any(request is waiting for wait in self.waits for request in wait.by):
            return False
        return self.parent is None or self.parent.awaited()

    def known_over(self, task: Task) -> bool:
        """Whether the program made sure that this task was over before it handed over ``task``.

        By running it at once, or calling it off before it began; by waiting for this one, whoever
        did; or by something else that the thread which handed over had waited for since, an event
        or a queue: nobody knows what that told it.
        """
        if self is task:
            return not self.several
        if self.at_once or self.called_off:
            return True
        if self.lone is not None and self.lone is task.lone:
            return True
        if any(0 < wait.at < task.number for wait in self.waits):
            return True
        return task.heard > self.number

    @property
    def begun(self) -> bool:
        """Whether any of it ever ran."""
        # What runs it sets that, and never takes it away again.
        return "ident" in vars(self)

    @property
    def called_off(self) -> bool:
        """Whether it is over, and none of it ever ran."""
        return self.over() and not self.begun

    @property
    def at_once(self) -> bool:
        """Whether it is over when it is handed over; a callback is by luck."""
        return self.inline and self.kind != "callback"

    def refused(self) -> None:
        """Book it as over: nobody takes it."""
        self._calls.clear()
        self.recorder.task_over(self)

    def ended(self) -> None:
        """Book one call of this task as over."""
        if self.sightings:
            for sighting in self.sightings:
                sighting.settle()
            self.sightings = ()
        calls = self._calls
        if calls:
            calls.pop()
        if not calls:
            self.recorder.task_over(self)

    def saw(self, sighting: Settles) -> None:
        """Settle ``sighting`` when this task ends."""
        if sighting not in self.sightings:
            self.sightings = [*self.sightings, sighting]

    @property
    def runner(self) -> str:
        """Name of the thread that runs it; empty while none does."""
        named = (thread.name for thread in threading.enumerate() if thread.ident == self.ident)
        return next(named, f"thread {self.ident}") if self.ident else ""

    def expect(self, calls: int) -> None:
        """Add calls that are still to come."""
        self._calls.extend([None] * calls)

    def over(self) -> bool:
        """Whether nothing of this task will run any more."""
        return not self._calls or (not self.ident and self.cancelled())


def capped(parent: Task | None) -> Task | None:
    """Return the parent to keep for a new task, so that chains stay short."""
    if parent is None or parent.depth < MAX_CHAIN:
        return parent
    return parent.parent


def running_stack(task: Task) -> Any:
    """Return the frame at which the thread of ``task`` stands, or ``None``."""
    return sys._current_frames().get(task.ident) if task.ident else None


def due_in(seconds: float, clock: Callable[[], float] = time.monotonic) -> float:
    """Return the time, by the monotonic clock, at which a timer of ``seconds`` begins."""
    return clock() + seconds
