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
from collections.abc import Callable, Sequence
from contextlib import suppress
from contextvars import ContextVar
from types import CodeType
from typing import TYPE_CHECKING, Any

from pytest_flaskctx.stacks import RawStack
from pytest_flaskctx.threadstate import here

if TYPE_CHECKING:
    from typing import Protocol

    from pytest_flaskctx.contexts import ContextRecord, Departure
    from pytest_flaskctx.facts import OriginKind, RequestFact

    class Settles(Protocol):
        """What waits for the end of a task to be known whole."""

        def settle(self) -> None:
            """Note what can be told now."""


MAX_CHAIN = 6
STARTS: tuple[OriginKind, ...] = ("thread", "process")
"""The mechanisms whose task lasts as long as its thread or process, whatever that is given later."""

moments = itertools.count(1)
"""Numbers the tasks, and whatever else is to be told as before or after them."""


class Subject:
    """What is recorded for: one test, or the time between tests.

    Asked only when there is something to tell of it.

    Args:
        name: id of the test; empty between tests.
    """

    def __init__(self, name: str = "") -> None:
        self._name = name

    @property
    def name(self) -> str:
        """Id of the test; empty between tests."""
        return self._name

    @property
    def location(self) -> tuple[str, int | None, str]:
        """Where the test is written: file, line from 0, and name."""
        return "", None, ""

    @property
    def code(self) -> CodeType | None:
        """Code of the test function, which other plugins may run in threads."""
        return None


class Wake:
    """An event that takes itself back when somebody has waited for it.

    A lock, and no :class:`threading.Event`: that is several objects, written in Python, and one of
    these is made for each test that hands work over.

    Args:
        pause: sleeps for so many seconds, where tasks can only run while this thread does that.
    """

    def __init__(self, pause: Callable[[float], object] | None = None) -> None:
        self._pause = pause
        self._lock = threading.Lock()
        self._lock.acquire()

    def set(self) -> None:
        """Let who waits, or will wait next, go on."""
        with suppress(RuntimeError):  # it was set already
            self._lock.release()

    def wait(self, timeout: float) -> bool:
        """Wait for at most ``timeout`` seconds; return whether it was set."""
        if self._pause is None:
            return self._lock.acquire(timeout=timeout)
        self._pause(timeout)
        return self._lock.acquire(blocking=False)


class Workload:
    """The tasks of one test.

    Attributes:
        subject: the test.
        live: those that requests handed over and that are not over, by number.
        unfinished: those that ran on when the drain gave up, each with the stack it stood at.
        handovers: how many tasks were handed over.
        hurry: set while sleeping tasks are let go early.
        wake: set whenever a task is over, while somebody waits for that.
    """

    # Defaults of the class cost a test nothing.
    handovers = 0
    unfinished: Sequence[tuple[Task, RawStack]] = ()
    wake: Wake | None = None

    def __init__(self, subject: Subject, hurry: threading.Event) -> None:
        self.subject = subject
        self.live: dict[int, Task] = {}
        self.hurry = hurry

    def handed_over(self, task: Task) -> None:
        """Book a task; one that a request stands behind is waited for."""
        if task.carries_work:
            self.handovers += 1
            if task.request is not None:
                self.live[task.number] = task

    def task_over(self, task: Task) -> None:
        """Book a task as over, and wake who waits."""
        self.live.pop(task.number, None)
        wake = self.wake
        if wake is not None:
            wake.set()

    def raised(self, error: BaseException) -> None:
        """Note that ``error`` left its task."""


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
        key: by which other processes know it, once one was told of it; else there is none.
    """

    __slots__ = ("__dict__", "app", "recorder", "words")

    # Defaults of the class cost a request nothing.
    original: ContextRecord | None = None
    outer: ContextRecord | None = None
    made_up = False
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
    """

    # Defaults of the class, for one is made with each task and few are ever asked.
    at = 0
    tells = True
    by: tuple[RequestRecord | None, ...] = ()
    asked: tuple[RequestRecord | None, ...] = ()


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
        outside: ``id()`` of each context that was bound then, while it runs inline.
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
    """

    # Defaults of the class cost a hand-over nothing.
    ident = 0
    early = 0
    inline = False
    outside: frozenset[int] = frozenset()
    sightings: list[Settles] | tuple[()] = ()
    waits: tuple[Waited, ...] = ()
    lone: object = None
    several = False
    heard = 0
    leave: Callable[[Task], object] | None = None
    elsewhere = False
    kept = False
    departure: Departure | None = None
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

    def awaited(self) -> bool:
        """Whether its request waited for this task, and for each that it is part of."""
        waiting = None if self.kept else self.request
        if not any(request is waiting for wait in self.waits for request in wait.by):
            return False
        return self.parent is None or self.parent.awaited()

    def known_over(self, task: Task) -> bool:
        """Whether the program made sure that this task was over before it handed over ``task``.

        By waiting for this one, whoever did; or by something else that the thread which handed
        over had waited for since, an event or a queue: nobody knows what that told it.
        """
        if self is task:
            return not self.several
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


at_once: ContextVar[Task | None] = ContextVar("at_once", default=None)
"""The task that runs during its own hand-over, in the context of that.

A task that carries a copied context of its own runs in that one, where this is not set: what it
finds there it would have found in another thread as well.
"""


def outside(context: Any) -> bool:
    """Whether ``context`` was bound already when this thread's task began to run at once."""
    thread = here()
    task: Task | None = thread.task
    if task is None or id(context) not in task.outside or at_once.get() is not task:
        return False
    # A request that the task pushes itself brings an application context only where none of its
    # application is bound; anywhere else it would have brought one.
    own = thread.request
    return own is None or own.app is not context.app


class Run:
    """A callable in the place of the one handed over: it knows the task that it belongs to.

    Everything else that may be asked of it, it passes on.
    """

    __slots__ = ("_function", "_task")

    def __init__(self, task: Task, function: Callable[..., Any]) -> None:
        self._task = task
        self._function = function

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        task = self._task
        before = begin(task)
        try:
            return self._function(*args, **kwargs)
        except BaseException as error:
            task.recorder.raised(error)
            raise
        finally:
            finish(task, before)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._function, name)


def begin(task: Task) -> Task | None:
    """Note that this thread runs ``task`` from now on; return what it ran before."""
    thread = here()
    before: Task | None = thread.task
    thread.task = task
    task.ident = thread.ident
    thread.begun = next(moments)
    return before


def finish(task: Task, before: Task | None) -> None:
    """Note that this thread is done with ``task``."""
    if task.leave is not None:
        task.leave(task)
    here().task = before
    task.ident = 0
    task.ended()


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
