"""Requests, calls and waiting tasks as bars, with their labels and words."""

from __future__ import annotations

from typing import NamedTuple

from pytest_flaskctx.reports.html import packing
from pytest_flaskctx.reports.html.axis import GAP, Axis, duration
from pytest_flaskctx.reports.html.choosing import Chosen, called
from pytest_flaskctx.reports.html.figures import ROOM, WIDTH, Bar
from pytest_flaskctx.reports.html.packing import Extent, Label
from pytest_flaskctx.reports.html.texts import shortened
from pytest_flaskctx.timeline import Handed, Ran, Served

NEAR = 12.0
"""Within how many units two things are at one place."""

_NARROWEST = 3.0
_WAITING = 12.0
_OPEN = WIDTH - 14
_LONGEST = 44

What = Served | Ran | Handed


class Box(NamedTuple):
    """A bar of which the row is not known yet.

    Attributes:
        kind: as of :class:`Bar`.
        what: what it shows.
        left, right: where it is.
        label: its text, if there is room.
    """

    kind: str
    what: What
    left: float
    right: float
    label: Label | None

    @property
    def extent(self) -> Extent:
        """Where it is, with its label."""
        if self.label is None:
            return self.left, self.right
        return min(self.left, self.label.x), max(self.right, self.label.end)


class Bars:
    """Makes the bars of a picture.

    Args:
        chosen: what is drawn.
        axis: where it is.
    """

    def __init__(self, chosen: Chosen, axis: Axis) -> None:
        self._chosen = chosen
        self._axis = axis
        self._gaps = [(gap.x, gap.x + GAP) for gap in axis.gaps]
        self._tasks = {task.number: task for task in chosen.timeline.tasks}
        self._requests = {request.number: request for request in chosen.timeline.requests}

    def task(self, call: Ran) -> Handed | None:
        """Return the task of a call."""
        return self._tasks.get(call.task)

    def behind(self, task: Handed | None) -> Served | None:
        """Return the request behind a task."""
        number = task.request if task else None
        return self._requests.get(number) if number is not None else None

    def boxes(self, lane: int) -> list[Box]:
        """Return what is drawn in a lane, in the order of time."""
        chosen = self._chosen
        everything: list[What] = [*chosen.requests, *chosen.calls, *chosen.waiting]
        return [self._box(each) for each in sorted(everything, key=begin) if each.lane == lane]

    def bar(self, box: Box, y: float) -> Bar:
        """Return a box as a bar at ``y``."""
        wide = box.right - box.left
        return Bar(
            kind=box.kind,
            x=box.left,
            y=y,
            width=wide,
            solid=min(wide, max(0.0, self._until(box) - box.left)),
            open=not isinstance(box.what, Handed) and box.what.end is None,
            label=box.label,
            title=self._title(box.what),
        )

    def _box(self, what: What) -> Box:
        left = self._axis.x(begin(what))
        if isinstance(what, Handed):
            kind, right, text = "never", left + _WAITING, f"{_name(what)}, never begun"
        else:
            kind, text = self._words(what)
            right = max(self.end(what), left + _NARROWEST)
        holes = sorted([*self._gaps, *self._marks(what)])
        label = packing.label(shortened(text, _LONGEST), (left, right), ROOM, holes)
        return Box(kind, what, left, right, label)

    def end(self, what: Served | Ran) -> float:
        """Return where something ends."""
        return _OPEN if what.end is None else self._axis.x(what.end)

    def _words(self, what: Served | Ran) -> tuple[str, str]:
        if isinstance(what, Served):
            return "request", called(what)
        return "task", _name(self.task(what))

    def _marks(self, what: What) -> list[Extent]:
        """Return where marks stand on a call."""
        places = [
            self._axis.x(point.mark.at) for point in self._chosen.points if point.call is what
        ]
        return [(x - NEAR, x + NEAR) for x in places]

    def _until(self, box: Box) -> float:
        """Return where the request behind a task ended."""
        behind = self.behind(self.task(box.what)) if isinstance(box.what, Ran) else None
        return self._axis.x(behind.end) if behind and behind.end is not None else box.right

    def _title(self, what: What) -> str:
        if isinstance(what, Handed):
            return f"task {_name(what)}, handed over at {duration(what.at)}, never begun"
        end = "not over" if what.end is None else duration(what.end - what.begin)
        return f"{' '.join(self._words(what))}, at {duration(what.begin)}: {end}"


def begin(what: What) -> float:
    """Return when something began."""
    return what.at if isinstance(what, Handed) else what.begin


def _name(task: Handed | None) -> str:
    return (task.function or task.kind) if task else "task"
