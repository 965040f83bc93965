"""Whether participants met at all: where one stood while another passed lines of its own.

Without that a run shows nothing, however many schedules there were: a lock around the whole
application, or a view without a line of the user's.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
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
    """Yield where a participant stood, amid its lines, while another passed at least one of its."""
    visits = [codes_of(visitor.visit) for visitor in run.visitors]
    standing: dict[int, Line] = {}
    passed: dict[int, int] = {}
    before: int | None = None
    for who, code, line, kind in run.points:
        if kind == "proxy":
            continue
        if code in visits[who]:
            standing.pop(who, None)
            passed[who] = 0
            continue
        if who == before:
            yield from (place for other, place in standing.items() if other != who)
        if passed.get(who):
            standing[who] = (code.co_filename, line)
        passed[who] = passed.get(who, 0) + 1
        before = who


def codes_of(visit: Callable[..., Any]) -> frozenset[CodeType]:
    """Return the code of a visit, with that of what is defined in it."""
    code = getattr(inspect.unwrap(visit), "__code__", None)
    return frozenset(_nested(code)) if code is not None else frozenset()


def _nested(code: CodeType) -> Iterator[CodeType]:
    yield code
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _nested(each)
