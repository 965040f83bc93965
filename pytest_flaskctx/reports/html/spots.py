"""The marks of a lane: those of one finding at one place as one, labels where there is room."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from pytest_flaskctx.reports.html import packing
from pytest_flaskctx.reports.html.axis import duration
from pytest_flaskctx.reports.html.bars import NEAR
from pytest_flaskctx.reports.html.choosing import Point
from pytest_flaskctx.reports.html.figures import ROOM, Spot
from pytest_flaskctx.reports.html.packing import Label
from pytest_flaskctx.reports.html.texts import shortened

MOST_ROWS = 3
"""Rows of labels; more say nothing."""

TAG = 20.0
_BASE = 13.0
_LONGEST = 40


_Place = Callable[[Point], tuple[float, float]]


class Marked(NamedTuple):
    """The marks of a lane.

    Attributes:
        spots: what is drawn.
        height: how much room their labels take.
    """

    spots: list[Spot]
    height: float


def spots(
    points: Iterable[Point],
    top: float,
    place: _Place,
) -> Marked:
    """Return the marks of a lane.

    Args:
        points: all that are in it, the first of each finding before the second of any.
        top: where there is room for labels.
        place: returns where a mark is.
    """
    groups = _grouped(points, place)
    labelled: set[tuple[str, str]] = set()
    made: list[tuple[list[Point], Label | None]] = []
    for group in groups:
        finding = group[0].leak.finding
        new = (finding.proxy, finding.code) not in labelled
        labelled.add((finding.proxy, finding.code))
        made.append((group, _tag(group, place(group[0])[0]) if new else None))
    rows = iter(packing.rows((tag.x, tag.end) for _, tag in made if tag))
    found, deep = [], 0
    for group, tag in made:
        row = next(rows) if tag else MOST_ROWS
        shown = tag if row < MOST_ROWS else None
        deep = max(deep, row + 1 if shown else 0)
        x, y = place(group[0])
        found.append(Spot(x, y, group[0].leak, _told(group), shown, top + row * TAG + _BASE))
    return Marked(found, deep * TAG)


def _grouped(points: Iterable[Point], place: _Place) -> list[list[Point]]:
    """Return the marks of one finding that are at one place together."""
    known: dict[tuple[int, float], list[tuple[float, list[Point]]]] = {}
    groups: list[list[Point]] = []
    for point in points:
        x, y = place(point)
        near = known.setdefault((point.leak.number, y), [])
        group = next((group for first, group in near if abs(x - first) < NEAR), None)
        if group is None:
            group = []
            near.append((x, group))
            groups.append(group)
        group.append(point)
    return groups


def beside(text: str, x: float) -> Label:
    """Return a label that begins at ``x``, or as far to the left as it has to."""
    return Label(text, min(x, ROOM[1] - packing.length(text)), inside=False)


def _tag(group: list[Point], x: float) -> Label:
    finding = group[0].leak.finding
    times = f", {len(group)} times" if len(group) > 1 else ""
    name = shortened(finding.proxy or finding.rule, _LONGEST)
    return beside(f"{name} · {finding.code}{times}", x - NEAR / 2)


def _told(group: list[Point]) -> str:
    finding = group[0].leak.finding
    times = f", {len(group)} times" if len(group) > 1 else ""
    when = duration(group[0].mark.at)
    return f"{finding.code} {finding.rule} at {when}{times}: {finding.message}"
