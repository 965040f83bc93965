"""The order in which lines were run: not that of the steps, which are taken before them."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_flaskctx.isolation.turns import Point


def as_run(points: Sequence[Point]) -> list[int]:
    """Return the places of the steps in the order in which their lines were run.

    A participant stands before the line of its step: where another one goes on then, it is run when the
    turn comes back.
    """
    order: list[int] = []
    standing: dict[int, int] = {}
    for place, point in enumerate(points):
        if point.who in standing:
            order.append(standing.pop(point.who))
        parked = place + 1 < len(points) and points[place + 1].who != point.who
        if parked and point.kind != "return":
            standing[point.who] = place
        else:
            order.append(place)
    return [*order, *standing.values()]
