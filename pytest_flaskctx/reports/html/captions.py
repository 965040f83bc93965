"""What a picture says, in sentences: for those who do not see it, and for those who doubt it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pytest_flaskctx.reports.html.axis import duration
from pytest_flaskctx.reports.html.choosing import Chosen, Leak, Point, called
from pytest_flaskctx.timeline import Timeline

_UNBOUND = ("FCX101", "FCX102")
_FOREIGN = "FCX202"
_FUNCTIONS = {
    "after_this_request",
    "copy_current_request_context",
    "stream_with_context",
    "url_for",
}
"""What is named in the place of a proxy where a function of Flask looked for a context itself."""
_READS = (*_UNBOUND, "FCX201", "FCX202", "FCX207", "FCX208")
"""The rules whose findings are of a proxy that was read."""


class Caption(NamedTuple):
    """A sentence on a finding.

    Attributes:
        leak: the finding.
        text: the sentence, with code between backticks.
    """

    leak: Leak
    text: str


def captions(chosen: Chosen) -> Iterator[Caption]:
    """Yield a sentence for each finding of a picture, the worst first."""
    seen = set()
    for point in chosen.points:
        if point.leak.number not in seen:
            seen.add(point.leak.number)
            yield Caption(point.leak, sentence(point, chosen.timeline))


def sentence(point: Point, timeline: Timeline) -> str:
    """Return what happened at a mark.

    Args:
        point: the mark.
        timeline: the test in which it is.
    """
    finding = point.leak.finding
    if finding.code not in _READS or not finding.proxy:
        return f"{finding.message}."
    who = _who(point, timeline)
    foreign = finding.code == _FOREIGN and finding.proxy not in _FUNCTIONS
    if foreign and finding.context and finding.context.request:
        return f"{who} read the `{finding.proxy}` of another {called(finding.context.request)}."
    if point.request is None and finding.code not in _UNBOUND:
        return f"{finding.message}."
    used = "called" if finding.proxy in _FUNCTIONS else "read"
    nothing = ", in a thread that has no context" if finding.code in _UNBOUND else ""
    return f"{who} {used} `{finding.proxy}`{_when(point)}{nothing}."


def _who(point: Point, timeline: Timeline) -> str:
    lane = timeline.lanes[point.mark.lane]
    where = lane.thread or f"process {lane.process}"
    task = next((task for task in timeline.tasks if task.number == point.mark.task), None)
    if task is None:
        return f"Thread `{lane.thread}`" if lane.thread else f"A thread of {where}"
    return f"Task `{task.function}` ({where})" if task.function else f"A task ({where})"


def _when(point: Point) -> str:
    if point.request is None:
        return ""
    if point.delay is None:
        return f" while {called(point.request)} was being served"
    return f" {duration(point.delay)} after {called(point.request)} had ended"
