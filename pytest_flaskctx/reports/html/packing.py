"""Boxes into rows, and labels to their boxes, so that none lies over another."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from pytest_flaskctx.reports.html.texts import shortened
from pytest_flaskctx.reports.terminalsafe import width

COLUMN = 7.3
"""Width of a character of the fixed-width font of 12 units; a label's length is known by it."""

_SPACE = 6.0

Extent = tuple[float, float]
"""Left and right."""


class Label(NamedTuple):
    """A text beside or in a box.

    Attributes:
        text: what it says.
        x: where it begins.
        inside: whether it stands in the box.
    """

    text: str
    x: float
    inside: bool

    @property
    def end(self) -> float:
        """Where it ends."""
        return self.x + length(self.text)


def length(text: str) -> float:
    """Return how wide a text is."""
    return width(text) * COLUMN


def rows(extents: Iterable[Extent]) -> list[int]:
    """Return the row of each box: the first one where nothing lies in its way."""
    taken: list[list[Extent]] = []
    found = []
    for begin, end in extents:
        row = next((n for n, others in enumerate(taken) if _free(others, begin, end)), len(taken))
        if row == len(taken):
            taken.append([])
        taken[row].append((begin, end))
        found.append(row)
    return found


def _free(others: Iterable[Extent], begin: float, end: float) -> bool:
    return all(end + _SPACE <= left or right + _SPACE <= begin for left, right in others)


def label(text: str, box: Extent, room: Extent, holes: Sequence[Extent] = ()) -> Label | None:
    """Return where the label of a box goes: into it, or else to its right, or else to its left.

    Args:
        text: the whole of it.
        box: where the box begins and ends.
        room: where the picture does.
        holes: where nothing can be read, from left to right.
    """
    begin, end = box
    for left, right in _parts(begin, end, holes):
        if length(text) + 2 * _SPACE <= right - left:
            return Label(text, left + _SPACE, inside=True)
    after = _clear(end + _SPACE, length(text), holes)
    if after + length(text) <= room[1]:
        return Label(text, after, inside=False)
    # To the left is to the right in a mirror.
    mirrored = [(-right, -left) for left, right in reversed(holes)]
    before = -_clear(_SPACE - begin, length(text), mirrored) - length(text)
    if before >= room[0]:
        return Label(text, before, inside=False)
    columns = int((end - begin - 2 * _SPACE) // COLUMN)
    return Label(shortened(text, columns), begin + _SPACE, inside=True) if columns >= 4 else None


def _parts(begin: float, end: float, holes: Sequence[Extent]) -> Iterator[Extent]:
    """Yield the parts of a box in which something can be read."""
    for left, right in holes:
        if begin < right and left < end:
            if left > begin:
                yield begin, left
            begin = right
    if end > begin:
        yield begin, end


def _clear(x: float, wide: float, holes: Sequence[Extent]) -> float:
    """Return where a text may begin at or behind ``x`` that is not to stand in a hole."""
    for left, right in holes:
        if x < right and left < x + wide:
            x = right + _SPACE
    return x
