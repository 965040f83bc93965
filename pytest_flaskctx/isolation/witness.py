"""Where the tokens lay from step to step: which place was written when, and by whom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pytest_flaskctx.isolation.cells import Cell
from pytest_flaskctx.isolation.state import State
from pytest_flaskctx.isolation.turns import Participant, Point


class Written(NamedTuple):
    """A place that came to hold other tokens.

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
        self._known: dict[tuple[int, str], frozenset[int]] = {}

    def __call__(self, state: State, who: Participant, tokens: Sequence[str]) -> None:
        """Look, at a point of ``who``'s."""
        self._steps += 1
        # Whoever made the last step has changed it, be it that its line was run to the end only
        # now that the turn came back.
        by = self._last.get(who.number)
        for cell in state.changed():
            self._note(cell, by, state.held_in(cell, tokens))
        if who.at is not None:
            self._last[who.number] = who.at

    def _note(
        self, cell: Cell, by: Point | None, held: Sequence[tuple[object, frozenset[int]]]
    ) -> None:
        for key, tokens in held:
            path = cell.named(key)
            if self._known.get((id(cell), path)) != tokens:
                self._known[id(cell), path] = tokens
                self.written.append(
                    Written(cell.what, path, cell.name(key), self._steps, by, tokens)
                )
