"""Where the facts of one test are collected.

A recorder is written to from any thread: every write is one dictionary operation.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from types import FrameType
from typing import TYPE_CHECKING, Literal

from pytest_flaskctx.board import board
from pytest_flaskctx.hub import Hub
from pytest_flaskctx.sightings import Noted, Sighting, marked
from pytest_flaskctx.stacks import RawStack, place, walk
from pytest_flaskctx.tasks import RequestRecord, Task
from pytest_flaskctx.threadstate import here
from pytest_flaskctx.workloads import Subject, Workload

if TYPE_CHECKING:
    from pytest_flaskctx.facts import Access, Incident, IncidentKind
    from pytest_flaskctx.reading import Closed, Reading

    ContextReader = Callable[[Task | None], Reading | Closed]
    """Looks at the context that was bound, for the task given."""

    Moment = Literal["drained", "over", "released"]
    """When something is to be looked at: after the drain of a test, after its teardown, or when
    nothing is kept any more of what it had."""


_AT_HAND_OVER: frozenset[IncidentKind] = frozenset(
    {"proxy-handed-over", "shared-context", "lent-context", "outlives-request", "escaped-object"}
)


class Recorder(Workload):
    """Collects the facts of one test, or of the time between tests.

    Attributes:
        observed: how many accesses were looked at.
        seen: whether there is anything to judge.
        failed: whether the test failed by an error of its own, which keeps its frames alive.
        pushes: whether what it pushes is to be looked at when it is over.
        between_tests: whether it turned out to be for the time between tests: no test pushed then.
        whole: the recorder of the whole test, where this one is for a block of it.
        checks: what is to be looked at when the test is drained, over or let go of.
        over_at: when it was over, by the monotonic clock, where child processes want to know.
    """

    observed = 0
    seen = False
    failed = False
    pushes = False
    between_tests = False
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
        if self.chronicle is not None:
            self.chronicle.met(sighting, here())
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
        once: bool = False,
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
            once: whether it is the run's affair, unless the suite makes it that of each test.
        """
        # A block that is judged by itself is asked what it came to.
        of_run = self.hub.run_for(kind) if once and self.whole is None else None
        into = of_run or self
        key = (kind, place(raw), task and place(task.raw), proxy, words)
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
                test=into.subject.name,
            )

        noted = into.noticed(key, make, times)
        # The moments of others are not known: they come to light when something is over.
        if into.chronicle is not None and task is not None and kind in _AT_HAND_OVER:
            into.chronicle.met_at_hand_over(noted, task)

    def noticed(self, key: object, make: Callable[[], Incident], times: int = 1) -> Noted:
        """Book an incident; equal ones are counted, not repeated.

        Args:
            key: what makes it equal to another.
            make: makes the fact, when it is first wanted.
            times: how often.
        """
        if self._noted is None:
            self._noted = {}
        known = self._noted.get(key)
        if known is None:
            known = self._noted.setdefault(key, Noted(make))
        known.count += times
        self._saw()
        return known

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
        # Of a test that is over: what was started there runs something of this one's.
        stray = task is not None and task.recorder is not self and task.recorder.closed

        def make() -> Access:
            from pytest_flaskctx.facts import Access

            origin = self.hub.origin(task) if task else None
            carries = task is not None and task.carries_work and not stray
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
