"""The arrow of a hand-over: from the request, or the thread, to the beginning of the task."""

from __future__ import annotations

from pytest_flaskctx.reports.html.figures import BAR, Arrow, Bar

_STRAIGHT = 14.0
_BEND = 5.0
_HEAD = (8.0, 4.0)


def arrow(x: float, y: float, bar: Bar, *, clear: bool = True) -> Arrow:
    """Return the arrow from where a task was handed over to its bar.

    Args:
        x: the moment of it.
        y: where the request, or the thread, is that handed over.
        bar: the call of the task.
        clear: whether nothing else stands before the bar in its row.
    """
    late = bar.x - x >= _STRAIGHT
    return _elbow(x, y, bar) if late and clear else _straight(x, y, bar)


def _elbow(x: float, y: float, bar: Bar) -> Arrow:
    """Go down, or up, and then to the left end of a bar that begins later."""
    middle = bar.y + BAR / 2
    turn = middle - _BEND if middle >= y else middle + _BEND
    bend = f"V{turn:.1f}Q{x:.1f} {middle:.1f} {x + _BEND:.1f} {middle:.1f}"
    if abs(middle - y) <= _BEND:
        bend = f"V{middle:.1f}"
    long, wide = _HEAD
    back = bar.x - long
    head = _corners((bar.x, middle), (back, middle - wide), (back, middle + wide))
    return Arrow(x, y, f"M{x:.1f} {y:.1f}{bend}H{back + 2:.1f}", head)


def _straight(x: float, y: float, bar: Bar) -> Arrow:
    """Go to the upper, or lower, edge of a bar, by the shortest way."""
    down = bar.y + BAR / 2 >= y
    edge = bar.y if down else bar.y + BAR
    long, wide = _HEAD
    back = edge - long if down else edge + long
    tip = max(bar.x + 1, x)
    head = _corners((tip, edge), (tip - wide, back), (tip + wide, back))
    return Arrow(x, y, f"M{x:.1f} {y:.1f}L{tip:.1f} {back:.1f}", head)


def _corners(*points: tuple[float, float]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
