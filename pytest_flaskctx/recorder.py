"""Where the facts of one test are collected, and which test that is at the moment.

The probes stay in place for a whole session; what changes from test to test is ``board.current``.
A recorder is written to from any thread: every write is one dictionary operation.
"""

from __future__ import annotations

import itertools
import os
import threading
import weakref
from collections.abc import Callable, Iterator
from types import FrameType
from typing import TYPE_CHECKING

from pytest_flaskctx.stacks import RawStack, walk
from pytest_flaskctx.tasks import RequestRecord, Subject, Task, Workload
from pytest_flaskctx.threadstate import ThreadState, here

if TYPE_CHECKING:
    from pytest_flaskctx.facts import Access, ContextFact, Origin, Stack

    ContextReader = Callable[[RequestRecord | None], Callable[[], ContextFact]]
    """Reads the context that was bound, for a task of the request given; told when it is wanted."""

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
        self.number = next(_numbers)
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


_marked: weakref.WeakValueDictionary[int, Sighting] = weakref.WeakValueDictionary()


def sighting_of(error: BaseException) -> Sighting | None:
    """Return the sighting of the access that raised ``error``, if one did."""
    return _marked.get(error.__dict__.get(_MARK, 0))


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


class Recorder(Workload):
    """Collects the facts of one test, or of the time between tests.

    Attributes:
        observed: how many accesses were looked at.
        closed: whether the test was judged for the last time.
    """

    observed = 0
    closed = False

    def __init__(self, subject: Subject, hub: Hub) -> None:
        super().__init__(subject, hub.hurry)
        self.hub = hub
        self._sightings: dict[object, Sighting] = {}

    @property
    def sightings(self) -> list[Sighting]:
        """What was seen so far, in the order in which it was first seen."""
        return list(self._sightings.values())

    def state(self) -> list[tuple[int, ...]]:
        """Return what changes whenever judging once more may come to something else."""
        return [sighting.state() for sighting in self.sightings]

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
        key = (proxy, operation, task and _place(task.raw), _place(raw), context is None)
        sighting = self._sightings.get(key)
        if sighting is None:
            make = self._maker(proxy, operation, raw, extension, context)
            sighting = self._sightings.setdefault(key, Sighting(make))
        sighting.count += 1
        self.observed += 1
        if task is not None:
            task.saw(sighting)
        if self.closed:
            self.hub.late(self)
        return sighting

    def _maker(
        self,
        proxy: str,
        operation: str,
        raw: RawStack,
        extension: bool,
        context: ContextReader | None,
    ) -> Callable[[], Access]:
        task: Task | None = here().task
        read = context(task.request if task else None) if context else None
        thread, process = here().name, os.getpid()
        test_thread = self._is_test_thread(raw)

        def make() -> Access:
            from pytest_flaskctx.facts import Access

            origin = self.hub.origin(task) if task else None
            carries = task is not None and task.carries_work
            return Access(
                proxy=proxy,
                operation=operation,
                extension=extension,
                stack=self.hub.render(raw),
                thread=thread,
                process=process,
                origin=origin if carries else None,
                started=None if carries else origin,
                context=read() if read else None,
                test=self.subject.name,
                test_thread=test_thread,
            )

        return make

    def _is_test_thread(self, raw: RawStack) -> bool:
        if board.among_tests(here()):
            return True
        code = self.subject.code
        return code is not None and any(entry[0] is code for entry in raw)


def _place(raw: RawStack) -> tuple[int, ...]:
    return tuple(part for code, offset in raw[:_KEY_FRAMES] for part in (id(code), offset))


class Hub:
    """What the recorders of one monitor share: how stacks are rendered, and who is late.

    Args:
        render: turns raw stacks into frames.

    Attributes:
        hurry: set while sleeping tasks are let go early.
        overdue: those for which something was seen when they had been judged.
    """

    def __init__(self, render: Callable[[RawStack], Stack]) -> None:
        self.render = render
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
    """

    def __init__(self) -> None:
        self.current: Recorder | None = None
        self.test_thread = 0

    def among_tests(self, thread: ThreadState) -> bool:
        """Whether ``thread`` runs the tests, and now no task."""
        return thread.task is None and thread.token == self.test_thread

    def responsible(self) -> Recorder | None:
        """Return the recorder for what this thread does now.

        A task that a request stands behind belongs to that request's test, whenever it runs.
        """
        task = here().task
        if task is not None and task.request is not None and isinstance(task.recorder, Recorder):
            return task.recorder
        return self.current


board = Board()
