"""A test as a picture: where each lane, bar, arrow and mark stands.

Nothing of it may depend on a style sheet or a script: whoever blocks those sees the same picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from pytest_flaskctx.reports.html import packing
from pytest_flaskctx.reports.html.arrows import arrow
from pytest_flaskctx.reports.html.axis import Axis
from pytest_flaskctx.reports.html.bars import Bars, begin
from pytest_flaskctx.reports.html.choosing import Chosen, Point, called
from pytest_flaskctx.reports.html.figures import (
    BAR,
    LEFT,
    RIGHT,
    Arrow,
    Bar,
    End,
    LaneBox,
    Picture,
    Spot,
    Strip,
)
from pytest_flaskctx.reports.html.packing import Label
from pytest_flaskctx.reports.html.spots import MOST_ROWS, beside, spots
from pytest_flaskctx.reports.html.texts import shortened
from pytest_flaskctx.timeline import Handed, Ran, Served

_TOP = 26.0
_ROW = 24.0
_STRIP = 14.0
_STRIP_HIGH = 8.0
_FLAG = 16.0
_MARGIN = 8.0
_BOTTOM = 22.0
_LOWEST = 34.0
_TWO_LINES = 44.0
_NAME = 25
_DETAIL = 28

_ELSEWHERE = -1
"""The lane of all lanes that are not drawn."""


def draw(chosen: Chosen) -> Picture:
    """Return the drawing of what was chosen of a test."""
    return _Drawing(chosen).picture()


class _Drawing:
    """Sets a picture from the top to the bottom, and then what runs from lane to lane."""

    def __init__(self, chosen: Chosen) -> None:
        self._chosen = chosen
        self._axis = Axis(_moments(chosen), LEFT, RIGHT)
        self._made = Bars(chosen, self._axis)
        self._bars: dict[int, Bar] = {}
        self._strips: list[Strip] = []
        self._rails: dict[int, float] = {}
        self._lanes: list[LaneBox] = []
        self._spots: list[Spot] = []

    def picture(self) -> Picture:
        flags = self._flags()
        deep = max((row + 1 for _, _, row in flags), default=0)
        roof = floor = _TOP + min(deep, MOST_ROWS) * _FLAG
        for lane in self._order():
            floor = self._lane(lane, floor)
        return Picture(
            height=floor + (_BOTTOM if self._axis.gaps else 0),
            roof=roof,
            floor=floor,
            lanes=tuple(self._lanes),
            bars=tuple(self._bars.values()),
            strips=tuple(self._strips),
            arrows=tuple(self._arrows()),
            ends=tuple(self._ends(flags)),
            spots=tuple(self._spots),
            ticks=self._axis.ticks(),
            gaps=self._axis.gaps,
        )

    def _order(self) -> list[int]:
        chosen = self._chosen
        others = len(chosen.lanes) < len(chosen.timeline.lanes)
        return [*chosen.lanes, *([_ELSEWHERE] if others else [])]

    def _drawn(self, lane: int) -> int:
        return lane if lane in self._chosen.lanes else _ELSEWHERE

    def _lane(self, lane: int, top: float) -> float:
        """Set everything that stands in a lane; return where the next one begins."""
        boxes = self._made.boxes(lane)
        rows = packing.rows(box.extent for box in boxes)
        y = top + _MARGIN
        for box, row in zip(boxes, rows, strict=True):
            self._bars[id(box.what)] = self._made.bar(box, y + row * _ROW)
        crowd = [each for each in self._chosen.crowd if self._drawn(each.lane) == lane]
        deep = max((row + 1 for row in rows), default=0 if crowd else 1)
        below = y + deep * _ROW
        self._rails[lane] = below + _STRIP_HIGH / 2 if crowd else y + BAR / 2
        self._strips += self._crowd(crowd, below)
        below += _STRIP if crowd else 0
        here = [point for point in self._chosen.points if self._drawn(point.mark.lane) == lane]
        marked = spots(here, below, self._place)
        self._spots += marked.spots
        detail = self._detail(lane, crowd)
        end = max(below + marked.height + 2, top + (_TWO_LINES if detail else _LOWEST))
        self._lanes.append(self._lane_box(lane, top, end - top, detail))
        return end

    def _lane_box(self, lane: int, top: float, height: float, detail: str) -> LaneBox:
        timeline = self._chosen.timeline
        if lane == _ELSEWHERE:
            name = _more(len(timeline.lanes) - len(self._chosen.lanes), "thread")
            return LaneBox(top, height, name, detail, name)
        process, thread = timeline.lanes[lane]
        where = f", process {process}" if process else ""
        title = f"{thread or 'a process'}{where}"
        return LaneBox(top, height, shortened(thread or "(process)", _NAME), detail, title)

    def _detail(self, lane: int, crowd: Sequence[Served | Ran]) -> str:
        lanes = self._chosen.timeline.lanes
        several = len({each.process for each in lanes}) > 1 and lane != _ELSEWHERE
        process = f"process {lanes[lane].process}" if several and lanes[lane].process else ""
        requests = sum(isinstance(each, Served) for each in crowd)
        told = (process, _more(requests, "request"), _more(len(crowd) - requests, "task"))
        return shortened(", ".join(filter(None, told)), _DETAIL)

    def _crowd(self, crowd: Iterable[Served | Ran], y: float) -> Iterator[Strip]:
        """Yield a strip for all that lie less than two units apart."""
        runs: list[tuple[float, float, int]] = []
        for each in sorted(crowd, key=begin):
            left = self._axis.x(each.begin)
            right = max(left + 1, self._made.end(each))
            if runs and left <= runs[-1][1] + 2:
                first, last, count = runs.pop()
                left, right, count = first, max(last, right), count + 1
            else:
                count = 1
            runs.append((left, right, count))
        for left, right, count in runs:
            yield Strip(left, y, right - left, f"{count:,} at once or one after the other")

    def _place(self, point: Point) -> tuple[float, float]:
        bar = self._bars.get(id(point.call))
        y = bar.y + BAR / 2 if bar else self._rails[self._drawn(point.mark.lane)]
        return self._axis.x(point.mark.at), y

    def _flags(self) -> list[tuple[Served, Label, int]]:
        """Return the requests that were used after their end, what is said there, and its row."""
        drawn = {id(request) for request in self._chosen.requests}
        late = {
            id(point.request): point.request
            for point in self._chosen.points
            if point.request and point.delay is not None and id(point.request) in drawn
        }
        labels = [
            beside(f"{shortened(called(request), 40)} ended", self._made.end(request) + 5)
            for request in late.values()
        ]
        rows = packing.rows((label.x, label.end) for label in labels)
        return list(zip(late.values(), labels, rows, strict=True))

    def _ends(self, flags: Iterable[tuple[Served, Label, int]]) -> Iterator[End]:
        for request, label, row in flags:
            reached = [
                self._place(point)[1]
                for point in self._chosen.points
                if point.request is request and point.delay is not None
            ]
            top = _TOP + min(row, MOST_ROWS) * _FLAG
            bottom = max(*reached, self._bars[id(request)].y + BAR / 2) + BAR / 2 + 5
            shown = label if row < MOST_ROWS else None
            yield End(self._made.end(request), top, bottom, shown, top + 11)

    def _arrows(self) -> Iterator[Arrow]:
        for call in self._chosen.calls:
            task = self._made.task(call)
            if task is not None:
                bar, x = self._bars[id(call)], self._axis.x(task.at)
                yield arrow(x, self._start(task, bar), bar, clear=self._is_clear(x, bar))

    def _is_clear(self, x: float, bar: Bar) -> bool:
        """Whether nothing stands between a moment and a bar in its row, its own label included."""
        if bar.label and bar.label.x < bar.x:
            return False
        return not any(
            other.y == bar.y and x < other.x + other.width and other.x < bar.x
            for other in self._bars.values()
        )

    def _start(self, task: Handed, bar: Bar) -> float:
        """Return from where in its lane a task is handed over: the edge of its request."""
        request = self._made.behind(task)
        behind = self._bars.get(id(request))
        if behind is None or request is None or request.lane != task.lane:
            return self._rails[self._drawn(task.lane)]
        return behind.y + (BAR if bar.y > behind.y else 0)


def _moments(chosen: Chosen) -> Iterator[float]:
    """Yield when anything is to be seen."""
    everything: list[Served | Ran] = [*chosen.requests, *chosen.calls, *chosen.crowd]
    for each in everything:
        yield each.begin
        if each.end is not None:
            yield each.end
    tasks = {call.task for call in chosen.calls} | {task.number for task in chosen.waiting}
    yield from (task.at for task in chosen.timeline.tasks if task.number in tasks)
    yield from (point.mark.at for point in chosen.points)


def _more(count: int, word: str) -> str:
    return f"{count:,} more {word}{'s' * (count != 1)}" if count else ""
