"""Whether participants met at all: where one stood while another passed lines of its own.

Without that a run shows nothing, however many schedules there were: a lock around the whole
application, or a view without a line of the user's.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from functools import partial
from types import CodeType
from typing import Any

from pytest_flaskctx.isolation.runs import Run
from pytest_flaskctx.isolation.turns import Point

Line = tuple[str, int]


class Overlap:
    """Collects the lines in which one stood while another went on.

    Attributes:
        lines: file and line.
        locks: the locks that made one wait for another.
        asleep: where one waited in code that cannot be seen into.
    """

    def __init__(self) -> None:
        self.lines: set[Line] = set()
        self.locks: dict[int, Any] = {}
        self.asleep: set[Point] = set()

    def note(self, run: Run) -> None:
        """Take what a run shows."""
        self.asleep.update(run.turns.slept)
        self.locks.update((id(lock), lock) for lock in run.turns.blocks)
        self.lines.update(_met(run))


def _met(run: Run) -> Iterator[Line]:
    """Yield where a participant stood, amid its lines, while another passed at least one of its.

    Before the first line of a request nothing is done yet. Where it stood at a line for the second time,
    such as that of a ``return`` from a block with a lock, all may be done: that counts if there is a line
    after it.
    """
    visits = [codes_of(visitor.visit) for visitor in run.visitors]
    everybody = range(len(visits))
    passed: list[set[Line]] = [set() for _ in everybody]
    standing: list[Line | None] = [None for _ in everybody]
    again: list[bool] = [False for _ in everybody]
    met: list[Line | None] = [None for _ in everybody]
    before: int | None = None
    ends = {point.who: number for number, point in enumerate(run.points)}
    for number, (who, code, line, kind) in enumerate(run.points):
        if id(code) in visits[who]:
            passed[who], standing[who], met[who] = set(), None, None
        elif kind in ("line", "inside"):
            if (late := met[who]) is not None:
                yield late
            met[who] = None
            for other in everybody if who == before else ():
                stood = standing[other]
                if other != who and stood is not None:
                    if again[other]:
                        met[other] = stood
                    else:
                        yield stood
            place = (code.co_filename, line)
            standing[who] = place if passed[who] else None
            again[who] = place in passed[who]
            passed[who].add(place)
            before = who
        if number == ends[who]:
            standing[who], met[who] = None, None


def codes_of(visit: Callable[..., Any]) -> frozenset[int]:
    """Return the ``id()`` of a visit's code, and of the code of what is defined in it.

    Code of two files that says the same on the same lines is equal, and not the same.
    """
    while isinstance(visit, partial):
        visit = visit.func
    function = inspect.unwrap(visit)
    code = getattr(function, "__code__", None) or getattr(type(function).__call__, "__code__", None)
    return frozenset(map(id, _nested(code))) if code is not None else frozenset()


def _nested(code: CodeType) -> Iterator[CodeType]:
    yield code
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _nested(each)
