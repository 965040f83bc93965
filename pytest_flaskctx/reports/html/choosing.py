"""What of a test is drawn by itself, and what as one of a crowd.

A picture of ten thousand bars shows none of them. What a finding is of is always drawn, with its
request and where it was handed over; the rest as far as there is room.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from pytest_flaskctx.facts import RequestFact
from pytest_flaskctx.findings import Finding
from pytest_flaskctx.timeline import Handed, Mark, Ran, Served, Timeline

MOST_BARS = 36
MOST_MARKED = 20
MOST_LANES = 16

Key = tuple[str, str]
"""Fingerprint and code: what a mark knows of its finding."""


class Leak(NamedTuple):
    """A finding of the page.

    Attributes:
        number: its place in the page, from 1: the worst first.
        finding: what it is.
    """

    number: int
    finding: Finding

    @property
    def anchor(self) -> str:
        """The id by which the page links to it: nothing of it is the suite's text."""
        return f"finding-{self.number}"


class Point(NamedTuple):
    """A mark, with what it is of.

    Attributes:
        mark: the moment.
        leak: the finding.
        call: that of the task that ran there, ``None`` where it is not known.
        request: the one behind the task, or, where there is no task, none.
    """

    mark: Mark
    leak: Leak
    call: Ran | None
    request: Served | None

    @property
    def delay(self) -> float | None:
        """How long after the end of the request it was; ``None`` where it was not after that."""
        end = self.request.end if self.request else None
        return self.mark.at - end if end is not None and end < self.mark.at else None


class Chosen(NamedTuple):
    """What is drawn of a test.

    Attributes:
        timeline: the test.
        points: all marks that are of a finding, the first of each finding before the second of any.
        lanes: numbers of the lanes that are drawn each by itself.
        requests, calls: those that are drawn each by itself.
        waiting: tasks that never began, and are drawn.
        crowd: all other requests and calls.
    """

    timeline: Timeline
    points: tuple[Point, ...]
    lanes: tuple[int, ...]
    requests: tuple[Served, ...]
    calls: tuple[Ran, ...]
    waiting: tuple[Handed, ...]
    crowd: tuple[Served | Ran, ...]


def choose(timeline: Timeline, leaks: Mapping[Key, Leak]) -> Chosen | None:
    """Return what is to be drawn; ``None`` where nothing in the test is of a finding.

    Args:
        timeline: the test.
        leaks: the findings that its marks may be of.
    """
    points = _points(timeline, leaks)
    if not points:
        return None
    told = points[:MOST_MARKED]
    lanes = _lanes(timeline, told)
    calls = _calls(timeline, told, lanes)
    waiting = _waiting(timeline, told, lanes)
    requests = _requests(timeline, told, lanes)
    drawn = {id(each) for each in (*calls, *requests)}
    everything: list[Served | Ran] = [*timeline.requests, *timeline.calls]
    crowd = [each for each in everything if id(each) not in drawn]
    return Chosen(timeline, points, lanes, requests, calls, waiting, tuple(crowd))


def called(request: Served | RequestFact) -> str:
    """Return how a request is called."""
    return f"{request.method} {request.rule}".strip() or "a request"


def _points(timeline: Timeline, leaks: Mapping[Key, Leak]) -> tuple[Point, ...]:
    requests = {request.number: request for request in timeline.requests}
    tasks = {task.number: task for task in timeline.tasks}
    calls: dict[int, list[Ran]] = {}
    for call in timeline.calls:
        calls.setdefault(call.task, []).append(call)
    seen: Counter[int] = Counter()
    found = []
    for mark in timeline.marks:
        if leak := leaks.get((mark.fingerprint, mark.code)):
            task = tasks.get(mark.task) if mark.task is not None else None
            number = task.request if task else None
            request = requests.get(number) if number is not None else None
            ran = _call(calls.get(task.number, ()), mark) if task else None
            found.append((seen[leak.number], Point(mark, leak, ran, request)))
            seen[leak.number] += 1
    return tuple(
        point for _, point in sorted(found, key=lambda each: (each[0], each[1].leak.number))
    )


def _call(calls: Iterable[Ran], mark: Mark) -> Ran | None:
    """Return the call in which a mark is: the last one that had begun."""
    begun = [call for call in calls if call.lane == mark.lane and call.begin <= mark.at]
    return begun[-1] if begun else None


def _lanes(timeline: Timeline, points: Iterable[Point]) -> tuple[int, ...]:
    """Return the lanes to be drawn, in the order in which they were seen."""
    if len(timeline.lanes) <= MOST_LANES:
        return tuple(range(len(timeline.lanes)))
    handing = {task.number: task.lane for task in timeline.tasks}
    kept: set[int] = set()
    for point in points:
        needed = {point.mark.lane, *([point.request.lane] if point.request else [])}
        if point.mark.task in handing:
            needed.add(handing[point.mark.task])
        kept |= needed if len(kept | needed) <= MOST_LANES else set()
    return tuple(sorted(kept))


def _calls(timeline: Timeline, points: Sequence[Point], lanes: Sequence[int]) -> tuple[Ran, ...]:
    marked = {id(point.call) for point in points}
    everything = len(timeline.calls) <= MOST_BARS
    return tuple(
        call for call in timeline.calls if call.lane in lanes and (everything or id(call) in marked)
    )


def _requests(
    timeline: Timeline, points: Sequence[Point], lanes: Sequence[int]
) -> tuple[Served, ...]:
    behind = {point.request.number for point in points if point.request}
    everything = len(timeline.requests) <= MOST_BARS
    return tuple(
        request
        for request in timeline.requests
        if request.lane in lanes and (everything or request.number in behind)
    )


def _waiting(
    timeline: Timeline, points: Sequence[Point], lanes: Sequence[int]
) -> tuple[Handed, ...]:
    begun = {call.task for call in timeline.calls}
    idle = [task for task in timeline.tasks if task.number not in begun]
    marked = {point.mark.task for point in points}
    everything = len(idle) <= MOST_BARS
    return tuple(
        task for task in idle if task.lane in lanes and (everything or task.number in marked)
    )
