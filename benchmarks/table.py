"""The rows of the result, and how they are printed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median, quantiles

HEAD = ("what", "mark", "measured", "middle half", "pairs", "seen")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        what: what was measured.
        mark: what it should be at most; empty for a neighbour, which is there to compare.
        ratios: CPU time with against without, one for each pair.
        seen: what the runs with the plugin observed.
        leak_found: whether the planted leak was found; ``None`` for a neighbour.
    """

    what: str
    mark: str
    ratios: tuple[float, ...]
    seen: str = ""
    leak_found: bool | None = None

    @property
    def measured(self) -> float:
        """The median of the pairs' ratios."""
        return median(self.ratios)

    def cells(self) -> tuple[str, ...]:
        """Return the row as text, in the order of ``HEAD``."""
        leak = {None: "", True: "leak found; ", False: "LEAK NOT FOUND; "}[self.leak_found]
        pairs = str(len(self.ratios))
        middle = _middle(self.ratios)
        return (self.what, self.mark, f"{self.measured:.3f}", middle, pairs, leak + self.seen)


def _middle(values: tuple[float, ...]) -> str:
    low, _, high = quantiles(values, n=4, method="inclusive")
    return f"{low:.3f}-{high:.3f}"


def render(rows: list[Row]) -> str:
    """Return the table as aligned text."""
    return aligned([HEAD, *(row.cells() for row in rows)])


def aligned(lines: Sequence[tuple[str, ...]]) -> str:
    """Return ``lines`` as text, each column as wide as its widest cell."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
