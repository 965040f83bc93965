"""Measure what pytest-flaskctx costs, and print one table.

Exit status 1 if a planted leak was not found, else 0, whatever was measured.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import access
import empty_tests
import flask_tests
import submit
from table import Row, render


def measured(folder: Path, *, quick: bool) -> Iterator[Row]:
    """Return all rows, one after the other; suites are written into ``folder``."""
    yield access.row(quick=quick)
    yield from submit.rows(quick=quick)
    for bench in (empty_tests, flask_tests):
        suite = folder / bench.__name__
        suite.mkdir()
        yield from bench.rows(suite, quick=quick)


def announced(rows: Iterator[Row]) -> Iterator[Row]:
    """Pass ``rows`` on, and say on standard error that each is done."""
    for row in rows:
        print(f"  {row.what}: {row.measured:.3f}", file=sys.stderr)
        yield row


def main() -> int:
    """Run everything and return the exit status."""
    parser = argparse.ArgumentParser(description="Print what pytest-flaskctx costs, as ratios.")
    parser.add_argument("--quick", action="store_true", help="less precise, in under a minute")
    quick = parser.parse_args().quick
    with tempfile.TemporaryDirectory() as folder:
        rows = list(announced(measured(Path(folder), quick=quick)))
    packages = ", ".join(f"{name} {version(name)}" for name in ("flask", "werkzeug", "pytest"))
    print(f"CPython {platform.python_version()}, {packages}, {platform.system()}\n")
    print(render(rows))
    return int(any(row.leak_found is False for row in rows))


if __name__ == "__main__":
    sys.exit(main())
