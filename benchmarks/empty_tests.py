"""Many tests that do nothing: what a plugin costs a test just by being there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pytest_runs import Suite
from table import Row

FILES = 20


def rows(folder: Path, *, quick: bool) -> Iterator[Row]:
    """Write the tests into ``folder`` and return the measured rows."""
    tests, rounds = (500, 2) if quick else (2_000, 5)
    for file in range(FILES):
        lines = (f"def test_{test}():\n    pass\n" for test in range(tests // FILES))
        (folder / f"test_{file}.py").write_text("\n\n".join(lines), encoding="utf-8")
    title = f"{tests:,} empty tests"
    return Suite(folder, title, mark="< timeout's", rounds=rounds).rows()
