"""Where the tokens lay from step to step: which place was written when, and by whom."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from typing import NamedTuple

from pytest_flaskctx.isolation.cells import Cell, last_name, same
from pytest_flaskctx.isolation.state import State
from pytest_flaskctx.isolation.turns import Participant, Point

Held = dict[str, tuple[str, list[object]]]
_TEXTS = (str, bytes, int, float, bool, type(None))


class Written(NamedTuple):
    """A place that came to hold something else.

    Attributes:
        what: what kind of place it is.
        path: how a program would write it.
        name: the last part of that.
        moment: how many steps had been taken by then.
        by: the step that did it; ``None`` where it was done outside of any line.
        tokens: whose tokens it held then.
    """

    what: str
    path: str
    name: str
    moment: int
    by: Point | None
    tokens: frozenset[int]


class Witness:
    """Looks at each step at what has changed, and whose tokens are in it.

    Args:
        visits: by ``id()`` the code of the visits, which is no app.

    Attributes:
        written: what it saw, in time order.
    """

    def __init__(self, visits: Container[int] = ()) -> None:
        self._visits = visits
        self._stacks: dict[int, list[Point]] = {}
        self.written: list[Written] = []
        self._last: dict[int, Point] = {}
        self._steps = 0
        self._held: dict[int, Held] = {}
        self._loose: dict[str, tuple[Cell, tuple[str, list[object]]]] = {}
        self._tokens: dict[str, frozenset[int]] = {}

    def __call__(self, state: State, who: Participant, tokens: Sequence[str]) -> None:
        """Look, at a point of ``who``'s."""
        if not self._held:
            self._held = {id(cell): _held(cell) for cell in state.cells}
        self._steps += 1
        by = self._last.get(who.number)
        for writes, seen in ((list(self._changed(state)), True), (list(self._loosely()), False)):
            for cell, path, name, values in writes:
                held = frozenset(each for value in values for each in state.held_in(value, tokens))
                written = Written(cell.what, path, name, self._steps, by, held)
                if (held or not cell.librarys) and (seen or self._tokens.get(path) != held):
                    self._tokens[path] = held
                    self.written.append(written)
        # What an extension's line did is the user's line's that called it.
        if who.at is not None and who.at.kind != "proxy":
            self._last[who.number] = self._doing(who.at)

    def _doing(self, point: Point) -> Point:
        """Return the step that does what comes after ``point``: where a function returns, its caller's.

        That is a line of the app's. What comes after a view is still called the view's.
        """
        stack = self._stacks.setdefault(point.who, [])
        known = (at for at, each in enumerate(stack) if each.code is point.code)
        # Whatever it called is over, also if it ended with an error.
        del stack[next(known, len(stack)) :]
        if point.kind == "return":
            return stack[-1] if stack else point
        if id(point.code) in self._visits:
            stack.clear()
        else:
            stack.append(point)
        return point

    def _changed(self, state: State) -> Iterator[tuple[Cell, str, str, list[object]]]:
        for cell in state.changed():
            before, now = self._held[id(cell)], _held(cell)
            self._held[id(cell)] = now
            for path, (name, values) in now.items():
                if path not in before or not same(before[path][1], values):
                    yield cell, path, name, values
                    if any(type(value) not in _TEXTS for value in values):
                        self._loose[path] = cell, (name, values)
            for path in before.keys() - now.keys():
                self._loose.pop(path, None)
                yield cell, path, before[path][0], []

    def _loosely(self) -> Iterator[tuple[Cell, str, str, list[object]]]:
        """Yield containers that came since: nobody tells when something is put into one."""
        for path, (cell, (name, values)) in self._loose.items():
            yield cell, path, name, values


def _held(cell: Cell) -> Held:
    """Return the values of a place by the path and the name of each part."""
    found: Held = {}
    for part in cell.parts():
        # A library's cache goes by the name that the user's lines have for it, as good as always.
        name = {"cache": "cache", "context variable": last_name(cell.path)}.get(cell.what)
        name = name or cell.name(part.key)
        found.setdefault(cell.named(part.key), (name, []))[1].append(part.value)
    return found
