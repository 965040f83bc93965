"""The moments of one test, written down for a picture of it.

Kept only where a report wants one: a probe then writes a row more wherever it has something to
tell. Rows are appended by any thread and never changed but for their end; lanes are numbered when
the picture is made, so that no two threads have to agree on a number before.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

from pytest_flaskctx.contexts import request_of
from pytest_flaskctx.timeline import Handed, Lane, Mark, Ran, Served, Timeline

if TYPE_CHECKING:
    from typing import Protocol

    from pytest_flaskctx.records import ContextRecord
    from pytest_flaskctx.tasks import RequestRecord, Task
    from pytest_flaskctx.threadstate import ThreadState

    class Tells(Protocol):
        """What may become a finding.

        Attributes:
            told: fingerprint and rule's code of the one that it became; ``None`` while it is none.
        """

        told: tuple[str, str] | None


MOST = 60_000
"""How many rows are kept of one test: enough for 10,000 tasks that leak, with their requests."""


_MOST_OF_A_CALL = 20
_NAMED = ("function", "method", "builtin_function_or_method")
_LIBRARIES = {"asgiref", "flask", "gevent", "werkzeug"} | sys.stdlib_module_names


class Where(NamedTuple):
    """A thread, as rows name it.

    Attributes:
        process: the process id.
        key: tells it from others of its process.
        name: its name.
    """

    process: int
    key: object
    name: str


_UNSEEN = Where(0, None, "another process")
"""Where a task ran of which only its end is known."""


class _Request:
    __slots__ = ("begin", "end", "record", "where")

    def __init__(self, record: RequestRecord, where: Where, begin: float) -> None:
        self.record = record
        self.where = where
        self.begin = begin
        self.end: float | None = None


class _Call:
    __slots__ = ("begin", "end", "task", "where")

    def __init__(self, task: int, where: Where, begin: float) -> None:
        self.task = task
        self.where = where
        self.begin = begin
        self.end: float | None = None


class _Hand(NamedTuple):
    task: Task
    name: str
    where: Where
    at: float


class _Met(NamedTuple):
    what: Any
    where: Where
    at: float
    task: int | None


class Chronicle:
    """The moments of one test.

    Args:
        clock: gives the time in seconds; that which children tell by, too.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = clock()
        self._requests: dict[RequestRecord, _Request] = {}
        self._hands: dict[int, _Hand] = {}
        self._calls: list[_Call] = []
        self._running: dict[tuple[int, int], _Call] = {}
        self._met: list[_Met] = []
        self._seen: dict[tuple[int, Where, int], int] = {}
        self._ends: dict[int, float] = {}
        self._left_out = 0

    def _has_room(self) -> bool:
        """Whether one more row is kept; one that is not is counted."""
        rows = len(self._requests) + len(self._hands) + len(self._calls) + len(self._met)
        if rows < MOST:
            return True
        self._left_out += 1
        return False

    def served(self, request: RequestRecord, record: ContextRecord, thread: ThreadState) -> None:
        """Note that ``thread`` serves ``request`` from now on, until its own context is over.

        A copy of that context is pushed by who does not serve it.
        """
        if request in self._requests or record.copied or not self._has_room():
            return
        row = self._requests[request] = _Request(request, _where(thread), self._clock())
        record.watched = True
        record.timed = partial(self._served, row, record)

    def _served(self, row: _Request, record: ContextRecord, context: Any) -> None:
        # A client that keeps the context pushes it once more, for the test's body.
        if not record.kept:
            row.end = self._clock()
            request_of(context)

    def handed(self, task: Task, functions: Sequence[object], thread: ThreadState) -> None:
        """Note that ``thread`` hands ``task`` over."""
        if task.carries_work and self._has_room():
            hand = _Hand(task, _name(functions), _where(thread), self._clock())
            self._hands[task.number] = hand

    def begun(self, task: Task, thread: ThreadState) -> None:
        """Note that ``thread`` begins with a call of ``task``."""
        if task.carries_work and self._has_room():
            call = _Call(task.number, _where(thread), self._clock())
            self._calls.append(call)
            self._running[task.number, thread.token] = call

    def ended(self, task: Task, thread: ThreadState) -> None:
        """Note that ``thread`` is done with a call of ``task``."""
        call = self._running.pop((task.number, thread.token), None)
        if call is not None:
            call.end = self._clock()

    def over(self, task: Task) -> None:
        """Note that nothing more comes of ``task``: of one in another process only that is seen."""
        if task.elsewhere and task.number in self._hands:
            self._ends[task.number] = self._clock()

    def met(self, what: Tells, thread: ThreadState) -> None:
        """Note that ``thread`` did something that may become a finding."""
        task: Task | None = thread.task
        number = task.number if task is not None else None
        self._meet(_Met(what, _where(thread), self._clock(), number), thread.begun)

    def met_at_hand_over(self, what: Tells, task: Task) -> None:
        """Note that the hand-over of ``task`` may become a finding, whenever that is judged."""
        hand = self._hands.get(task.number)
        if hand is not None:
            self._meet(_Met(what, hand.where, hand.at, None), task.number)

    def met_elsewhere(
        self, what: Tells, process: int, thread: str, at: float, task: int | None
    ) -> None:
        """Note that a child process did.

        Args:
            what: what it did.
            process: where.
            thread: in which of its threads, by name.
            at: when, by the clock.
            task: number of this process's task that it ran.
        """
        self._meet(_Met(what, Where(process, thread, thread), at, task), task or 0)

    def _meet(self, met: _Met, call: int) -> None:
        # A call that does it a thousand times need not be seen to do so; but that of a thread which
        # works for many is but one.
        times = self._seen.get((id(met.what), met.where, call), 0)
        if times < _MOST_OF_A_CALL and self._has_room():
            self._seen[id(met.what), met.where, call] = times + 1
            self._met.append(met)

    def timeline(self, test: str) -> Timeline:
        """Return all of it, its marks those that became findings."""
        lanes: dict[Where, int] = {}
        length = self._since(self._clock())
        met = [each for each in self._met if each.what.told is not None]
        calls = [*self._calls, *self._elsewhere(met)]
        for where in _first_seen(self._requests.values(), self._hands.values(), calls, met):
            lanes.setdefault(where, len(lanes))
        numbers = {request: number for number, request in enumerate(self._requests, start=1)}
        return Timeline(
            test=test,
            length=length,
            lanes=tuple(Lane(where.process, where.name) for where in lanes),
            requests=tuple(
                Served(
                    numbers[row.record],
                    lanes[row.where],
                    self._since(row.begin),
                    self._until(row.end),
                    *(row.record.words or ("", "", None)),
                )
                for row in self._requests.values()
            ),
            tasks=tuple(self._handed(hand, lanes, numbers) for hand in self._hands.values()),
            calls=tuple(
                Ran(call.task, lanes[call.where], self._since(call.begin), self._until(call.end))
                for call in calls
            ),
            marks=tuple(
                Mark(lanes[each.where], self._since(each.at), each.task, *each.what.told)
                for each in met
            ),
            left_out=self._left_out,
        )

    def _elsewhere(self, met: Sequence[_Met]) -> list[_Call]:
        """Return calls in other processes: from what is first known of one to its end."""
        calls: dict[int, _Call] = {}
        for each in met:
            if each.task in self._ends:
                calls.setdefault(each.task, _Call(each.task, each.where, each.at))
        for number in self._ends:
            hand = self._hands[number]
            call = calls.setdefault(number, _Call(number, _UNSEEN, hand.at))
            call.end = max(self._end_of(hand.task), call.begin)
        return list(calls.values())

    def _end_of(self, task: Task) -> float:
        """Return when a task of another process was over, which may be learnt of late."""
        served = self._requests.get(task.request) if task.request is not None else None
        end = self._ends[task.number]
        if served is not None and served.end is not None and task.awaited():
            return min(end, served.end)
        return end

    def _handed(
        self, hand: _Hand, lanes: dict[Where, int], numbers: dict[RequestRecord, int]
    ) -> Handed:
        task = hand.task
        request = numbers.get(task.request) if task.request is not None else None
        parent = task.parent.number if task.parent is not None else None
        at = self._since(hand.at)
        return Handed(task.number, task.kind, hand.name, lanes[hand.where], at, request, parent)

    def _since(self, moment: float) -> float:
        return round(max(moment - self._began, 0.0), 6)

    def _until(self, moment: float | None) -> float | None:
        return None if moment is None else self._since(moment)


def _where(thread: ThreadState) -> Where:
    return Where(os.getpid(), thread.token, thread.name)


def _first_seen(*rows: Iterable[Any]) -> list[Where]:
    """Return where the rows were, in the order of time."""
    moments = [
        (row.begin if hasattr(row, "begin") else row.at, row.where) for part in rows for row in part
    ]
    return [where for _, where in sorted(moments, key=lambda each: each[0])]


def _name(given: Sequence[object]) -> str:
    """Return the name of what was handed over: of the first function that is no library's, or any.

    By type: to ask a proxy that was handed over would be an access.
    """
    waiting, named = list(given), list[str]()
    while waiting and len(named) < _MOST_OF_A_CALL:
        found = waiting.pop(0)
        if type(found) is partial:
            waiting[:0] = [found.func, *found.args]
        elif (kind := type(found).__name__) in _NAMED:
            name = str(getattr(found, "__qualname__", ""))
            top = str(getattr(found, "__module__", "")).partition(".")[0]
            if top not in _LIBRARIES and kind != "builtin_function_or_method":
                return name
            named.append(name)
    return named[0] if named else ""
