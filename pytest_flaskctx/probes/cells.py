"""What a function that is handed over carries along in its closure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import CellType


def contents(cells: Iterable[CellType]) -> Iterator[object]:
    """Yield what stands in ``cells``, as far as it was assigned yet."""
    for cell in cells:
        try:
            yield cell.cell_contents
        except ValueError:
            continue
