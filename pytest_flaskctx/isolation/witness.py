"""Where the tokens lay from step to step: which place was written when, and by whom."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from pytest_flaskctx.isolation.cells import Cell, same
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

    Attributes:
        written: what it saw, in time order.
    """

    def __init__(self) -> None:
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
        for cell, path, name, values in (*self._changed(state), *self._loosely()):
            held = frozenset(each for value in values for each in state.held_in(value, tokens))
            if held or not cell.librarys:
                self._note(Written(cell.what, path, name, self._steps, by, held))
        if who.at is not None:
            self._last[who.number] = who.at

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

    def _note(self, written: Written) -> None:
        if self._tokens.get(written.path) != written.tokens or written.path not in self._loose:
            self._tokens[written.path] = written.tokens
            self.written.append(written)


def _held(cell: Cell) -> Held:
    """Return the values of a place by the path and the name of each part."""
    found: Held = {}
    for part in cell.parts():
        found.setdefault(cell.named(part.key), (cell.name(part.key), []))[1].append(part.value)
    return found
