"""The axis of a picture: where a moment stands, with long silences folded.

A request of 4 ms and a task that wakes up 3 s later do not fit on one scale: one of them would be
a hair. So the scale is even, but for those silences, in which nothing begins, ends or is marked;
each is drawn as a gap of one width, and says how long it is.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

GAP = 64.0
"""Width of a folded silence."""

_MOST_GAPS = 5
_SILENCE = 12
"""How many times as long as all the rest together a silence is, to be folded."""
_TICK_ROOM = 84.0
_SHORTEST = 1e-4


class Tick(NamedTuple):
    """A moment that is written at the axis.

    Attributes:
        x: where.
        label: in milliseconds since the test began.
    """

    x: float
    label: str


class Gap(NamedTuple):
    """A folded silence.

    Attributes:
        x: where it begins; it is :data:`GAP` wide.
        label: how long it is.
    """

    x: float
    label: str


class Axis:
    """Maps moments of a test to places from left to right.

    Args:
        moments: when something is to be seen; at least one.
        left, right: the room there is.
    """

    def __init__(self, moments: Iterable[float], left: float, right: float) -> None:
        times = sorted(set(moments))
        if times[-1] - times[0] < _SHORTEST:
            times = [times[0], times[0] + _SHORTEST]
        silences = _silences(times)
        spaces = (after - before for before, after in pairwise(times))
        shown = sum(space for n, space in enumerate(spaces) if n not in silences)
        self._scale = (right - left - GAP * len(silences)) / shown
        self._times = times
        self._places = list(_places(times, silences, left, self._scale))
        self.gaps = tuple(
            Gap(self._places[n], duration(times[n + 1] - times[n])) for n in sorted(silences)
        )

    def x(self, at: float) -> float:
        """Return where a moment stands; one outside stands at the edge."""
        after = bisect_right(self._times, at)
        if after == 0:
            return self._places[0]
        if after == len(self._times):
            return self._places[-1]
        begin, end = self._times[after - 1 : after + 1]
        left, right = self._places[after - 1 : after + 1]
        return left + (right - left) * (at - begin) / (end - begin)

    def ticks(self) -> tuple[Tick, ...]:
        """Return some round moments, and one behind each gap, no two of them too near."""
        step = _round_up(_TICK_ROOM / self._scale)
        found: list[Tick] = []
        for begin, end in self._pieces():
            round_ones = range(math.ceil(begin / step - 1e-9), math.floor(end / step + 1e-9) + 1)
            for at in [number * step for number in round_ones] or [begin]:
                x = self.x(at)
                if not found or x - found[-1].x >= _TICK_ROOM * 0.9:
                    found.append(Tick(x, _milliseconds(at, step)))
        return tuple(found)

    def _pieces(self) -> Iterator[tuple[float, float]]:
        """Yield beginning and end of what lies between the gaps."""
        folded = {gap.x for gap in self.gaps}
        begin = self._times[0]
        for number, place in enumerate(self._places):
            if place in folded and self._places[number + 1] == place + GAP:
                yield begin, self._times[number]
                begin = self._times[number + 1]
        yield begin, self._times[-1]


def duration(seconds: float) -> str:
    """Return how long something took, in three digits or so."""
    thousandths = seconds * 1000
    if thousandths >= 10_000:
        return f"{seconds:,.3g} s" if seconds < 1000 else f"{seconds:,.0f} s"
    if thousandths >= 100:
        return f"{thousandths:,.0f} ms"
    return f"{thousandths:.3g} ms" if thousandths >= 0.001 else "0 ms"


def _silences(times: list[float]) -> set[int]:
    """Return the numbers of the spaces between moments that are to be folded."""
    spaces = sorted(
        ((times[n + 1] - times[n], n) for n in range(len(times) - 1)), key=lambda each: -each[0]
    )
    rest = times[-1] - times[0]
    folded: set[int] = set()
    for count, (length, _) in enumerate(spaces[:_MOST_GAPS], 1):
        rest -= length
        if rest > _SHORTEST and length > _SILENCE * rest:
            folded = {number for _, number in spaces[:count]}
    return folded


def _places(times: list[float], silences: set[int], left: float, scale: float) -> Iterator[float]:
    place = left
    yield place
    for number in range(len(times) - 1):
        place += GAP if number in silences else (times[number + 1] - times[number]) * scale
        yield place


def _round_up(seconds: float) -> float:
    """Return the next 1, 2 or 5 times a power of ten."""
    power = 10.0 ** math.floor(math.log10(seconds))
    return next(power * times for times in (1, 2, 5, 10) if power * times >= seconds * (1 - 1e-9))


def _milliseconds(at: float, step: float) -> str:
    digits = max(0, -math.floor(math.log10(step * 1000) + 1e-9))
    return f"{at * 1000 + 0.0:,.{digits}f} ms"
