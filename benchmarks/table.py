"""The rows of the result, and how they are printed."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median, quantiles

HEAD = ("what", "mark", "measured", "middle half", "wall", "pairs", "seen")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Attributes:
        what: what was measured.
        mark: what it should be at most; empty for a neighbour, which is there to compare.
        cpu: CPU time with against without, one ratio a pair.
        wall: the same for the time on the clock, where it means something.
        seen: what the runs with the plugin observed.
        leak_found: whether the planted leak was found; ``None`` for a neighbour.
    """

    what: str
    mark: str
    cpu: tuple[float, ...]
    wall: tuple[float, ...] = ()
    seen: str = ""
    leak_found: bool | None = None

    @property
    def measured(self) -> float:
        """The median of the pairs' ratios."""
        return median(self.cpu)

    def cells(self) -> tuple[str, ...]:
        """Return the row as text, in the order of ``HEAD``."""
        wall = f"{median(self.wall):.3f}" if self.wall else "-"
        seen = self.seen if self.leak_found is not False else f"THE LEAK WAS NOT FOUND {self.seen}"
        pairs = str(len(self.cpu))
        return (self.what, self.mark, f"{self.measured:.3f}", _middle(self.cpu), wall, pairs, seen)


def _middle(values: tuple[float, ...]) -> str:
    if len(values) < 3:
        return "-"
    low, _, high = quantiles(values, n=4, method="inclusive")
    return f"{low:.3f}-{high:.3f}"


def render(rows: list[Row]) -> str:
    """Return the table as aligned text."""
    lines = [HEAD, *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
