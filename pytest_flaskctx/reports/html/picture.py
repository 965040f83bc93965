"""A test as a picture: where each lane, bar, arrow and mark stands, in units of the drawing.

What stands where is decided here and drawn by a template. Nothing may depend on a style sheet or a
script: whoever blocks those sees the same picture.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from pytest_flaskctx.reports.html import packing
from pytest_flaskctx.reports.html.axis import GAP, Axis, Gap, Tick, duration
from pytest_flaskctx.reports.html.choosing import Chosen, Leak, Point
from pytest_flaskctx.reports.html.packing import Label
from pytest_flaskctx.reports.html.texts import shortened
from pytest_flaskctx.timeline import Handed, Ran, Served

WIDTH = 960.0
LEFT = 196.0
RIGHT = 924.0
ROOM = (LEFT, WIDTH - 4)
BAR = 18.0

_TOP = 26.0
_ROW = 24.0
_STRIP = 14.0
_FLAG = 16.0
_TAG = 20.0
_MARGIN = 8.0
_BOTTOM = 22.0
_NARROWEST = 3.0
_NEAR = 12.0
_NAME = 25
_MOST_TAG_ROWS = 3


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
    """A drawing of :data:`WIDTH` to ``height``."""

    height: float
    floor: float
    lanes: tuple[LaneBox, ...]
    bars: tuple[Bar, ...]
    strips: tuple[Strip, ...]
    arrows: tuple[Arrow, ...]
    ends: tuple[End, ...]
    spots: tuple[Spot, ...]
    ticks: tuple[Tick, ...]
    gaps: tuple[Gap, ...]


class _Box(NamedTuple):
    """What a bar is to be made of."""

    kind: str
    what: Served | Ran | Handed
    left: float
    right: float
    open: bool
    label: Label | None


_ELSEWHERE = -1
"""The lane of all lanes that are not drawn."""


def draw(chosen: Chosen) -> Picture:
    """Return the drawing of what was chosen of a test."""
    return _Drawing(chosen).picture()


class _Drawing:
    def __init__(self, chosen: Chosen) -> None:
        self._chosen = chosen
        self._axis = Axis(_moments(chosen), LEFT, RIGHT)
        self._gaps = [gap.x for gap in self._axis.gaps]
        self._tasks = {task.number: task for task in chosen.timeline.tasks}
        self._requests = {request.number: request for request in chosen.timeline.requests}
        self._heights: dict[int, float] = {}
        self._bars: dict[int, Bar] = {}
        self._strips: list[Strip] = []
        self._rails: dict[int, float] = {}
        self._lanes: list[LaneBox] = []
        self._spots: list[Spot] = []

    def picture(self) -> Picture:
        flags = self._flags()
        deep = max((row for _, _, row in flags), default=-1) + 1
        y = _TOP + deep * _FLAG
        for lane in self._order():
            y = self._lane(lane, y)
        floor = y
        return Picture(
            height=floor + _BOTTOM,
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

    # Lanes, from the top to the bottom.

    def _lane(self, lane: int, top: float) -> float:
        """Set everything that stands in a lane; return where the next one begins."""
        boxes = self._boxes(lane)
        extents = [(box.left, max(box.right, box.label.end if box.label else 0)) for box in boxes]
        numbers = packing.rows(_with_labels_left(boxes, extents))
        y = top + _MARGIN
        for box, row in zip(boxes, numbers, strict=True):
            self._bars[id(box.what)] = self._bar(box, y + row * _ROW)
        crowd = [each for each in self._chosen.crowd if self._drawn(each.lane) == lane]
        deep = max(numbers, default=-1 if crowd else 0) + 1
        self._rails[lane] = y + BAR / 2 if not crowd else y + deep * _ROW + _STRIP / 2 - 3
        y += deep * _ROW
        if crowd:
            self._strips += self._crowd(crowd, y)
            y += _STRIP
        y += self._marks(lane, y) + _MARGIN - (_ROW - BAR)
        detail = self._detail(lane, len(crowd))
        y = max(y, top + (44 if detail else 34))
        self._lanes.append(self._lane_box(lane, top, y - top, detail))
        return y

    def _lane_box(self, lane: int, top: float, height: float, detail: str) -> LaneBox:
        timeline = self._chosen.timeline
        if lane == _ELSEWHERE:
            name = f"{len(timeline.lanes) - len(self._chosen.lanes):,} more threads"
            return LaneBox(top, height, name, detail, name)
        thread, process = timeline.lanes[lane].thread, timeline.lanes[lane].process
        title = f"{thread or 'a process'}, process {process}"
        return LaneBox(top, height, shortened(thread or "(process)", _NAME), detail, title)

    def _detail(self, lane: int, crowd: int) -> str:
        lanes = self._chosen.timeline.lanes
        several = len({each.process for each in lanes}) > 1 and lane != _ELSEWHERE
        process = f"process {lanes[lane].process}" if several else ""
        more = f"and {crowd:,} more" if crowd else ""
        return ", ".join(filter(None, (process, more)))

    # Bars.

    def _boxes(self, lane: int) -> list[_Box]:
        chosen = self._chosen
        here: list[Served | Ran | Handed] = [
            each for each in (*chosen.requests, *chosen.calls, *chosen.waiting) if each.lane == lane
        ]
        return [self._box(each) for each in sorted(here, key=_begin)]

    def _box(self, what: Served | Ran | Handed) -> _Box:
        left = self._axis.x(_begin(what))
        if isinstance(what, Handed):
            text = f"{self._name(what.number)}, never begun"
            return self._labelled("never", what, left, left + 4 * _NARROWEST, False, text)
        right = WIDTH - 14 if what.end is None else self._axis.x(what.end)
        right = max(right, left + _NARROWEST)
        if isinstance(what, Served):
            return self._labelled("request", what, left, right, what.end is None, words(what))
        return self._labelled("task", what, left, right, what.end is None, self._name(what.task))

    def _labelled(
        self,
        kind: str,
        what: Served | Ran | Handed,
        left: float,
        right: float,
        open_: bool,
        text: str,
    ) -> _Box:
        placed = packing.label(shortened(text, 44), (left, right), ROOM, self._gaps, GAP)
        return _Box(kind, what, left, right, open_, placed)

    def _bar(self, box: _Box, y: float) -> Bar:
        wide = box.right - box.left
        return Bar(
            kind=box.kind,
            x=box.left,
            y=y,
            width=wide,
            solid=min(wide, max(0.0, self._until(box) - box.left)),
            open=box.open,
            label=box.label,
            title=self._title(box.what),
        )

    def _until(self, box: _Box) -> float:
        """Return where the request behind a task ended."""
        behind = self._behind(box.what.task) if isinstance(box.what, Ran) else None
        return self._axis.x(behind.end) if behind and behind.end is not None else box.right

    def _behind(self, task: int | None) -> Served | None:
        handed = self._tasks.get(-1 if task is None else task)
        number = handed.request if handed else None
        return self._requests.get(-1 if number is None else number)

    def _name(self, number: int) -> str:
        task = self._tasks.get(number)
        return (task.function or task.kind) if task else "task"

    def _title(self, what: Served | Ran | Handed) -> str:
        if isinstance(what, Handed):
            return (
                f"task {self._name(what.number)}, handed over at {duration(what.at)}, never begun"
            )
        name = words(what) if isinstance(what, Served) else f"task {self._name(what.task)}"
        end = "not over" if what.end is None else duration(what.end - what.begin)
        return f"{name}, from {duration(what.begin)}: {end}"

    def _crowd(self, crowd: Iterable[Served | Ran], y: float) -> Iterator[Strip]:
        """Yield a strip for all that lie less than two units apart."""
        count, left, right = 0, 0.0, 0.0
        for each in sorted(crowd, key=_begin):
            begin = self._axis.x(each.begin)
            end = max(begin + 1, RIGHT if each.end is None else self._axis.x(each.end))
            if count and begin > right + 2:
                yield _strip(left, right, y, count)
                count = 0
            left, right = (left, max(right, end)) if count else (begin, end)
            count += 1
        yield _strip(left, right, y, count)

    # Marks.

    def _marks(self, lane: int, y: float) -> float:
        """Set the marks of a lane, their labels from ``y`` on; return how much room those take."""
        here: dict[tuple[int, float, int], list[Point]] = {}
        for point in self._chosen.points:
            if self._drawn(point.mark.lane) == lane:
                key = (point.leak.number, self._height(point, lane), self._slot(point))
                here.setdefault(key, []).append(point)
        labelled: set[int] = set()
        wanted = [
            (group, self._tag(group) if not _seen(labelled, group[0]) else None)
            for group in here.values()
        ]
        tags = [tag for _, tag in wanted if tag]
        numbers = iter(packing.rows((tag.x, tag.end) for tag in tags))
        deep = 0
        for group, tag in wanted:
            row = next(numbers) if tag else 0
            shown = tag if row < _MOST_TAG_ROWS else None
            deep = max(deep, row + 1 if shown else 0)
            self._spots.append(self._spot(group, lane, shown, y + row * _TAG + 13))
        return deep * _TAG

    def _height(self, point: Point, lane: int) -> float:
        bar = self._bars.get(id(point.call))
        return bar.y + BAR / 2 if bar else self._rails[lane]

    def _slot(self, point: Point) -> int:
        return int(self._axis.x(point.mark.at) // _NEAR)

    def _tag(self, group: list[Point]) -> Label:
        point = group[0]
        finding = point.leak.finding
        times = f" ×{len(group)}" if len(group) > 1 else ""
        text = f"{shortened(finding.proxy or finding.rule, 40)} · {finding.code}{times}"
        wide = packing.length(text)
        x = self._axis.x(point.mark.at) - wide / 2
        return Label(text, min(max(x, ROOM[0]), ROOM[1] - wide), inside=False)

    def _spot(self, group: list[Point], lane: int, tag: Label | None, y: float) -> Spot:
        point = group[0]
        finding = point.leak.finding
        times = f", {len(group)} times" if len(group) > 1 else ""
        name = (
            f"{finding.code} {finding.rule} at {duration(point.mark.at)}{times}: {finding.message}"
        )
        return Spot(
            self._axis.x(point.mark.at), self._height(point, lane), point.leak, name, tag, y
        )

    # What runs from lane to lane.

    def _flags(self) -> list[tuple[Served, Label, int]]:
        """Return the requests that were used after their end, what is said there, and its row."""
        late = {
            point.request.number: point.request
            for point in self._chosen.points
            if point.request in self._chosen.requests and is_late(point)
        }
        labels = [self._flag(request) for request in late.values()]
        numbers = packing.rows((label.x, label.end) for label in labels)
        return list(zip(late.values(), labels, numbers, strict=True))

    def _flag(self, request: Served) -> Label:
        text = f"{shortened(words(request), 40)} ended"
        x = self._axis.x(request.end or 0.0) + 5
        wide = packing.length(text)
        if x + wide > ROOM[1]:
            x -= wide + 10
        return Label(text, x, inside=False)

    def _ends(self, flags: Iterable[tuple[Served, Label, int]]) -> Iterator[End]:
        for request, label, row in flags:
            reached = [
                self._height(point, self._drawn(point.mark.lane))
                for point in self._chosen.points
                if point.request is request and is_late(point)
            ]
            bottom = max(*reached, self._bars[id(request)].y) + BAR / 2 + 5
            top = _TOP + row * _FLAG
            yield End(self._axis.x(request.end or 0.0), top, bottom, label, top + 11)

    def _arrows(self) -> Iterator[Arrow]:
        for call in self._chosen.calls:
            task = self._tasks.get(call.task)
            if task is not None:
                yield self._arrow(task, call)

    def _arrow(self, task: Handed, call: Ran) -> Arrow:
        bar = self._bars[id(call)]
        behind = self._bars.get(id(self._behind(task.number)))
        from_request = behind is not None and self._requests[task.request or 0].lane == task.lane
        x = self._axis.x(task.at)
        start = (
            behind.y + BAR / 2 if behind and from_request else self._rails[self._drawn(task.lane)]
        )
        return arrow(x, start, bar)


def arrow(x: float, start: float, bar: Bar) -> Arrow:
    """Return the arrow from where a task was handed over to its bar.

    Args:
        x, start: where it was handed over.
        bar: the call of the task.
    """
    middle = bar.y + BAR / 2
    down = middle >= start
    if bar.x - x >= 14:
        turn = middle - 5 if down else middle + 5
        bend = f"V{turn:.1f}Q{x:.1f} {middle:.1f} {x + 5:.1f} {middle:.1f}"
        if abs(middle - start) < 6:
            bend = f"V{middle:.1f}"
        tip = bar.x
        path = f"M{x:.1f} {start:.1f}{bend}H{tip - 6:.1f}"
        return Arrow(
            x, start, path, _corners((tip, middle), (tip - 8, middle - 4), (tip - 8, middle + 4))
        )
    edge = bar.y if down else bar.y + BAR
    back = -8 if down else 8
    tip = max(bar.x + 1, x)
    path = f"M{x:.1f} {start:.1f}L{tip:.1f} {edge + back * 0.75:.1f}"
    return Arrow(
        x, start, path, _corners((tip, edge), (tip - 4, edge + back), (tip + 4, edge + back))
    )


def is_late(point: Point) -> bool:
    """Whether a mark came after the end of the request behind its task."""
    request = point.request
    return request is not None and request.end is not None and request.end < point.mark.at


def words(request: Served) -> str:
    """Return how a request is called."""
    return f"{request.method} {request.rule}".strip() or "a request"


def _moments(chosen: Chosen) -> Iterator[float]:
    tasks = {call.task for call in chosen.calls} | {task.number for task in chosen.waiting}
    for each in (*chosen.requests, *chosen.calls, *chosen.crowd):
        yield each.begin
        if each.end is not None:
            yield each.end
    for task in chosen.timeline.tasks:
        if task.number in tasks:
            yield task.at
    for point in chosen.points:
        yield point.mark.at


def _begin(what: Served | Ran | Handed) -> float:
    return what.at if isinstance(what, Handed) else what.begin


def _with_labels_left(
    boxes: Iterable[_Box], extents: Iterable[tuple[float, float]]
) -> Iterator[tuple[float, float]]:
    for box, (left, right) in zip(boxes, extents, strict=True):
        yield (min(left, box.label.x) if box.label else left), right


def _strip(left: float, right: float, y: float, count: int) -> Strip:
    return Strip(left, y, right - left, f"{count:,} at once or one after the other")


def _seen(labelled: set[int], point: Point) -> bool:
    known = point.leak.number in labelled
    labelled.add(point.leak.number)
    return known


def _corners(*points: tuple[float, float]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
