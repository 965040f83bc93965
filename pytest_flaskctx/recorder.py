"""Where the facts of one test are collected, and which test that is at the moment.

The probes stay in place for a whole session; what changes from test to test is ``board.current``.
A recorder is written to from any thread: every write is one dictionary operation.
"""

from __future__ import annotations

import itertools
import os
import sys
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from types import FrameType
from typing import TYPE_CHECKING, Literal

from pytest_flaskctx.stacks import RawStack, walk
from pytest_flaskctx.tasks import RequestRecord, Subject, Task, Workload
from pytest_flaskctx.threadstate import ThreadState, here

if TYPE_CHECKING:
    from pytest_flaskctx.facts import Access, Frame, Incident, IncidentKind, Origin, Stack
    from pytest_flaskctx.parent import Book
    from pytest_flaskctx.reading import Closed, Reading
    from pytest_flaskctx.stacks import Place

    ContextReader = Callable[[Task | None], Reading | Closed]
    """Looks at the context that was bound, for the task given."""

    Moment = Literal["drained", "over", "released"]
    """When something is to be looked at: after the drain of a test, after its teardown, or when
    nothing is kept any more of what it had."""


_KEY_FRAMES = 12
_MARK = "_pytest_flaskctx_sighting"

_numbers = itertools.count(1)


class Sighting:
    """One access, and what became of it each time it was seen.

    The thread that uses a proxy only notes what passes; the words are found when they are wanted.
    They need modules of ours that a run without a leak does not import, and that a thread must not
    import while pytester, say, puts ``sys.modules`` back.

    Args:
        make: makes the fact.

    Attributes:
        count: how often it was seen.
        expected: how often the test received its error and said that it expects it.
        escaped: whether its error, or one raised because of it, left the task.
        paths: the files that its errors passed through, the one that caught it first.
    """

    __slots__ = (
        "__weakref__",
        "_access",
        "_error",
        "_make",
        "count",
        "escaped",
        "expected",
        "number",
        "paths",
    )

    def __init__(self, make: Callable[[], Access]) -> None:
        self.number: int | str = next(_numbers)
        self._make: Callable[[], Access] | None = make
        self._access: Access
        self.count = 0
        self.expected = 0
        self.escaped = False
        self.paths: set[tuple[str, ...]] = set()
        self._error: BaseException | None = None

    @property
    def access(self) -> Access:
        """The fact."""
        make = self._make
        if make is not None:
            self._access = make()
            # It holds the task, and that its future, which may hold frames by an error.
            self._make = None
        return self._access

    def raised(self, error: BaseException) -> None:
        """Remember an error that this access raises, until it is known where it was caught.

        A traceback grows as the error passes through frames, so where it was caught is known only
        afterwards. The error is held until the task ends, at most until the next look.
        """
        self.settle()
        error.__dict__[_MARK] = self.number
        _marked[self.number] = self
        self._error = error

    def state(self) -> tuple[int, ...]:
        """Return what of it a judgement rests on, as numbers that only grow."""
        self.settle()
        return self.count, self.expected, self.escaped, len(self.paths)

    def settle(self) -> None:
        """Note how far the error came, and let go of it."""
        error, self._error = self._error, None
        if error is None:
            return
        path = []
        entry = error.__traceback__
        while entry is not None:
            path.append(entry.tb_frame.f_code.co_filename)
            entry = entry.tb_next
        self.paths.add(tuple(path))


_marked: weakref.WeakValueDictionary[int | str, Sighting] = weakref.WeakValueDictionary()


def mark(number: str, sighting: Sighting) -> None:
    """Let errors that another process marked with ``number`` be those of ``sighting``."""
    _marked[number] = sighting


def marked_by(number: int | str) -> Sighting | None:
    """Return the sighting whose errors are marked with ``number``."""
    return _marked.get(number)


def sighting_of(error: BaseException) -> Sighting | None:
    """Return the sighting of the access that raised ``error``, if one did."""
    number = error.__dict__.get(_MARK, 0)
    # An error of another process may be here before what that process tells of it was read.
    if type(number) is str and board.children is not None:
        board.children.collect()
    return marked_by(number)


def marked(error: BaseException | None) -> Iterator[Sighting]:
    """Yield the sightings whose errors stand in the chain of ``error``."""
    seen: set[int] = set()
    queue = [error]
    while queue:
        current = queue.pop()
        if current is None or id(current) in seen:
            continue
        seen.add(id(current))
        found = sighting_of(current)
        if found is not None:
            yield found
        queue += [current.__cause__, current.__context__]
        if isinstance(current, BaseExceptionGroup):
            queue += current.exceptions


class Noted:
    """Something other than an access that a probe noted, and how often.

    Args:
        make: makes the fact.
    """

    def __init__(self, make: Callable[[], Incident]) -> None:
        self._make = make
        self.count = 0

    @cached_property
    def incident(self) -> Incident:
        """The fact."""
        return self._make()


class Recorder(Workload):
    """Collects the facts of one test, or of the time between tests.

    Attributes:
        observed: how many accesses were looked at.
        seen: whether there is anything to judge.
        closed: whether the test was judged for the last time.
        failed: whether the test failed by an error of its own, which keeps its frames alive.
        pushes: whether what it pushes is to be looked at when it is over.
        whole: the recorder of the whole test, where this one is for a block of it.
        checks: what is to be looked at when the test is drained, over or let go of.
        over_at: when it was over, by the monotonic clock, where child processes want to know.
    """

    observed = 0
    seen = False
    closed = False
    failed = False
    pushes = False
    whole: Recorder | None = None
    checks: Sequence[tuple[Moment, Callable[[], object]]] = ()
    over_at: float | None = None
    _noted: dict[object, Noted] | None = None

    def __init__(self, subject: Subject, hub: Hub) -> None:
        super().__init__(subject, hub.hurry)
        self.hub = hub
        self._sightings: dict[object, Sighting] = {}

    @property
    def sightings(self) -> list[Sighting]:
        """What was seen so far, in the order in which it was first seen."""
        return list(self._sightings.values())

    @property
    def noted(self) -> list[Noted]:
        """What else was noted so far, in the order in which it first was."""
        return list(self._noted.values()) if self._noted is not None else []

    def state(self) -> list[tuple[int, ...]]:
        """Return what changes whenever judging once more may come to something else."""
        counts = [(each.count,) for each in self.noted]
        return [*(sighting.state() for sighting in self.sightings), *counts]

    def check(self, moment: Moment, look: Callable[[], object]) -> None:
        """Call ``look`` once at ``moment``; it must raise nothing.

        Any thread may ask for that, at any time.
        """
        vars(self).setdefault("checks", []).append((moment, look))

    def look(self, moment: Moment) -> None:
        """Do all that was to be done at ``moment``."""
        checks: list[tuple[Moment, Callable[[], object]]] = vars(self).get("checks", [])
        for each in [each for each in checks if each[0] == moment]:
            checks.remove(each)
            each[1]()

    def raised(self, error: BaseException) -> None:
        """Note that ``error`` left its task."""
        for sighting in marked(error):
            sighting.escaped = True

    def see(
        self,
        proxy: str,
        operation: str,
        frame: FrameType,
        *,
        extension: bool = False,
        context: ContextReader | None = None,
    ) -> Sighting:
        """Book one access by this thread; equal ones are counted, not repeated."""
        raw = walk(frame)
        task: Task | None = here().task
        read = context(task) if context is not None else None
        key = (proxy, operation, task and place(task.raw), place(raw), read and read.key)
        sighting = self._sightings.get(key)
        if sighting is None:
            make = self._maker(proxy, operation, raw, extension, read)
            sighting = self._sightings.setdefault(key, Sighting(make))
        if task is not None:
            task.saw(sighting)
        self.book(key, sighting)
        return sighting

    def book(self, key: object, sighting: Sighting) -> Sighting:
        """Count a sighting, of another process perhaps; return the one that is counted."""
        sighting = self._sightings.setdefault(key, sighting)
        sighting.count += 1
        self.observed += 1
        self._saw()
        return sighting

    def note(
        self,
        kind: IncidentKind,
        raw: RawStack,
        *,
        proxy: str = "",
        task: Task | None = None,
        request: RequestRecord | None = None,
        thread: str = "",
        words: tuple[str, ...] = (),
        times: int = 1,
        within: RawStack = (),
    ) -> None:
        """Book something other than an access; equal ones are counted, not repeated.

        Args:
            kind: what it was.
            raw: where it was.
            proxy: name of the proxy concerned, where one is.
            task: the task concerned.
            request: the request concerned; that of ``task`` where none is given.
            thread: name of the thread in which it was; this one's where none is given.
            words: what else the rule has to say, in the order that its kind gives.
            times: how often; 0 where it only makes graver what was booked before.
            within: where it came about, where what stands around that decides whether it is right.
        """
        key = (kind, place(raw), task and place(task.raw), proxy, words)
        if self._noted is None:
            self._noted = {}
        known = self._noted.get(key)
        if known is None:
            name, process = thread or here().name, os.getpid()
            served = request or (task.request if task else None)

            def make() -> Incident:
                from pytest_flaskctx.facts import Incident

                return Incident(
                    kind=kind,
                    proxy=proxy,
                    stack=self.hub.render(raw),
                    thread=name,
                    process=process,
                    origin=self.hub.origin(task) if task else None,
                    request=served.fact if served else None,
                    words=words,
                    within=self.hub.render(within),
                    test=self.subject.name,
                )

            known = self._noted.setdefault(key, Noted(make))
        known.count += times
        self._saw()

    def _saw(self) -> None:
        self.seen = True
        if self.closed:
            self.hub.late(self)

    def _maker(
        self,
        proxy: str,
        operation: str,
        raw: RawStack,
        extension: bool,
        read: Reading | Closed | None,
    ) -> Callable[[], Access]:
        thread = here()
        task: Task | None = thread.task
        started: Task | None = thread.started
        inherited = board.inherits and read is not None and read.came_with(started, task)
        name, process = thread.name, os.getpid()
        test_thread = self._is_test_thread(raw)

        def make() -> Access:
            from pytest_flaskctx.facts import Access

            origin = self.hub.origin(task) if task else None
            carries = task is not None and task.carries_work
            carried = self.hub.origin(started) if inherited and started else None
            return Access(
                proxy=proxy,
                operation=operation,
                extension=extension,
                stack=self.hub.render(raw),
                thread=name,
                process=process,
                origin=origin if carries else None,
                started=carried if carries else origin,
                context=read.fact(task) if read else None,
                test=self.subject.name,
                test_thread=test_thread,
            )

        return make

    def _is_test_thread(self, raw: RawStack) -> bool:
        if board.among_tests(here()):
            return True
        code = self.subject.code
        return code is not None and any(entry[0] is code for entry in raw)


def place(raw: RawStack) -> tuple[int, ...]:
    """Return what tells one stack from another, of those whose code is held."""
    return tuple(part for code, offset in raw[:_KEY_FRAMES] for part in (id(code), offset))


def _plain(place: Place) -> Frame:
    from pytest_flaskctx.facts import Frame

    return Frame(*place)


class Hub:
    """What the recorders of one monitor share: how stacks are rendered, and who is late.

    Args:
        render: turns raw stacks into frames.
        framed: makes a frame of what another process told of one.

    Attributes:
        hurry: set while sleeping tasks are let go early.
        overdue: those for which something was seen when they had been judged.
    """

    def __init__(
        self,
        render: Callable[[RawStack], Stack],
        framed: Callable[[Place], Frame] = _plain,
    ) -> None:
        self.render = render
        self.framed = framed
        self.hurry = threading.Event()
        self.overdue: dict[Recorder, None] = {}

    def late(self, recorder: Recorder) -> None:
        """Note that something was seen for a test that had been judged."""
        self.overdue[recorder] = None

    def take_late(self) -> list[Recorder]:
        """Return the recorders that have something late, each once."""
        taken = []
        while self.overdue:
            taken.append(self.overdue.popitem()[0])
        return taken

    def origin(self, task: Task) -> Origin:
        """Return where ``task`` was handed over, as a fact."""
        from pytest_flaskctx.facts import Origin
        from pytest_flaskctx.places import mechanism

        stack = self.render(task.raw)
        return Origin(
            kind=mechanism(task.kind, stack),
            stack=stack,
            thread=task.thread,
            request=task.request.fact if task.request else None,
            test=task.recorder.subject.name,
            inline=task.inline,
            parent=self.origin(task.parent) if task.parent else None,
        )


class Board:
    """Which recorder is written to now, and which thread runs the tests.

    Attributes:
        current: the recorder of the running test; ``None`` while no monitor runs.
        test_thread: token of the thread that runs the tests.
        inherits: whether threads start with a copy of their starter's context.
        lasting: whether what runs in a frame sets up what is to outlive the test.
        home: the process in which a monitor was started.
        process: the one that runs the tests: the same, or one that was forked for a test.
        child: in a child process, what writes to its parent; ``None`` in one that runs tests.
        children: what is known of child processes; ``None`` where there were none.
    """

    home = 0
    process = 0
    child: Recorder | None = None
    children: Book | None = None
    lasting: Callable[[FrameType], bool] = staticmethod(lambda frame: False)

    def __init__(self) -> None:
        self.current: Recorder | None = None
        self.test_thread = 0
        self.inherits = bool(getattr(sys.flags, "thread_inherit_context", 0))

    def among_tests(self, thread: ThreadState) -> bool:
        """Whether ``thread`` runs the tests, and now no task."""
        return thread.task is None and thread.token == self.test_thread

    def responsible(self) -> Recorder | None:
        """Return the recorder for what this thread does now.

        A task that a request stands behind belongs to that request's test, whenever it runs.
        """
        if self.child is not None:
            return self.child
        task = here().task
        if task is not None and task.request is not None and isinstance(task.recorder, Recorder):
            return task.recorder
        return self.current


board = Board()
