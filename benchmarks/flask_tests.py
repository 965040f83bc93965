"""Many small tests of a Flask app, a third of which hand work over."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pytest_runs import SUITES, Suite, rows_of
from table import Row

FILES = 20
TESTS = 6  # functions in suites/test_shop.py


def rows(folder: Path, *, quick: bool) -> Iterator[Row]:
    """Write the tests into ``folder`` and return the measured rows."""
    repeats, rounds = (2, 2) if quick else (17, 7)
    text = (SUITES / "test_shop.py").read_text(encoding="utf-8")
    text = text.replace("REPEATS = 1 ", f"REPEATS = {repeats} ")
    for file in range(FILES):
        (folder / f"test_shop_{file}.py").write_text(text, encoding="utf-8")
    title = f"{FILES * TESTS * repeats:,} Flask tests"
    suite = Suite(folder, rounds)
    ratios = {arm: [pair.ratio for pair in pairs] for arm, pairs in suite.measure().items()}
    return rows_of(title, "1.02", ratios, suite)
