"""What a picture consists of, in units of the drawing; a template draws it."""

from __future__ import annotations

from typing import NamedTuple

from pytest_flaskctx.reports.html.axis import Gap, Tick
from pytest_flaskctx.reports.html.choosing import Leak
from pytest_flaskctx.reports.html.packing import Extent, Label

WIDTH = 960.0
LEFT = 196.0
RIGHT = 924.0
ROOM: Extent = (LEFT, WIDTH - 4)
BAR = 18.0


class LaneBox(NamedTuple):
    """A lane.

    Attributes:
        y, height: where it is.
        name, detail: what is written before it.
        title: the whole name.
    """

    y: float
    height: float
    name: str
    detail: str
    title: str


class Bar(NamedTuple):
    """A request, a call of a task, or a task that never began.

    Attributes:
        kind: ``request``, ``task`` or ``never``.
        x, y, width: where it is; it is :data:`BAR` high.
        solid: how much of it was within its request.
        open: whether it was not over.
        label: the text in or beside it, if there is room.
        title: all of it in words.
    """

    kind: str
    x: float
    y: float
    width: float
    solid: float
    open: bool
    label: Label | None
    title: str


class Strip(NamedTuple):
    """Calls or requests that are too many to be drawn each.

    Attributes:
        x, y, width: where it is.
        title: how many.
    """

    x: float
    y: float
    width: float
    title: str


class Arrow(NamedTuple):
    """A hand-over.

    Attributes:
        x, y: where it was handed over.
        path: from there to the beginning of the task.
        head: the corners of the arrow's head.
    """

    x: float
    y: float
    path: str
    head: str


class End(NamedTuple):
    """The end of a request after which it was still used.

    Attributes:
        x, top, bottom: the line.
        label: what ended, if there is room.
        y: where that stands.
    """

    x: float
    top: float
    bottom: float
    label: Label | None
    y: float


class Spot(NamedTuple):
    """A mark, or several of one finding that are at the same place.

    Attributes:
        x, y: its middle.
        leak: the finding.
        name: what it says to those who do not see it.
        label: the text under it; ``None`` where there is no room.
        label_y: where that stands.
    """

    x: float
    y: float
    leak: Leak
    name: str
    label: Label | None
    label_y: float


class Picture(NamedTuple):
    """A drawing, :data:`WIDTH` wide.

    Attributes:
        height: of all of it.
        roof, floor: where the lanes begin and end.
        lanes, bars, strips, arrows, ends, spots: what is drawn.
        ticks, gaps: the axis, over the lanes.
    """

    height: float
    roof: float
    floor: float
    lanes: tuple[LaneBox, ...]
    bars: tuple[Bar, ...]
    strips: tuple[Strip, ...]
    arrows: tuple[Arrow, ...]
    ends: tuple[End, ...]
    spots: tuple[Spot, ...]
    ticks: tuple[Tick, ...]
    gaps: tuple[Gap, ...]
