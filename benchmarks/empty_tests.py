"""The fixed cost of a test, and that of a run: tests in which nothing happens, and a run of one test.

Both runs have the leak. What a test costs is what two thousand of them add to such a run.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pytest_runs import Pair, Suite, rows_of
from table import Row

FILES = 20
TESTS = 100  # a file


def rows(folder: Path, *, quick: bool) -> Iterator[Row]:
    """Write the tests into ``folder`` and return the measured rows."""
    rounds = 2 if quick else 9
    many, one = (
        Suite(_tests(folder / "many", FILES), rounds),
        Suite(_tests(folder / "one", 0), rounds),
    )
    of_many, of_one = many.measure(), one.measure()
    added = {
        arm: [_added(*pairs) for pairs in zip(of_many[arm], of_one[arm], strict=True)]
        for arm in of_many
    }
    yield from rows_of("an empty test", "< timeout's", added, many)
    starts = {arm: [pair.ratio for pair in pairs] for arm, pairs in of_one.items()}
    yield from rows_of("a run of one leaking test", "", starts, one)


def _tests(folder: Path, files: int) -> Path:
    folder.mkdir()
    text = "".join(f"def test_{number}():\n    pass\n\n" for number in range(TESTS))
    for file in range(files):
        (folder / f"test_empty_{file}.py").write_text(text, encoding="utf-8")
    return folder


def _added(many: Pair, one: Pair) -> float:
    return Pair(many.measured - one.measured, many.bare - one.bare).ratio
