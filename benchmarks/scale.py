"""Measure what very many leaks cost: seconds, peak memory and size of the reports.

Exit status 1 if a count is wrong or a leak site is told more than once, else 0.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from table import aligned

SUITES = Path(__file__).parent / "suites"
WAYS = {
    "plugin off": ("--flaskctx=off",),
    "plugin on": (),
    "all reports": (
        "--flaskctx-report",
        "--flaskctx-json=out.json",
        "--flaskctx-html=out.html",
        "--flaskctx-sarif=out.sarif",
    ),
}
HEAD = ("suite", "run", "seconds", "peak MB", "lines told", "reports, kB")

# In the child: the peak of its own memory, whatever else ran before it.
_CHILD = """
import resource, sys, pytest
status = pytest.main(sys.argv[1:])
print("PEAK", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
sys.exit(status)
"""


class Run(NamedTuple):
    """One run of a suite.

    Attributes:
        seconds: how long it took, on the clock.
        peak: the most memory that it had at once, in MB.
        lines: how many lines it printed.
        written: the sizes of its reports, in kB.
        counts: how often each leak site was seen, where that was written.
    """

    seconds: float
    peak: float
    lines: int
    written: tuple[int, ...]
    counts: tuple[int, ...] = ()


def run(suite: str, options: tuple[str, ...], scale: int, folder: Path) -> Run:
    """Run ``suite`` once.

    Args:
        suite: the name of its file.
        options: for pytest.
        scale: how many leaks there are to be.
        folder: where its reports go.
    """
    command = [sys.executable, "-c", _CHILD, "-q", "-p", "no:cacheprovider", *options]
    # All of them are to be counted, however slow or busy the machine is.
    command += ["-o", "flaskctx_drain_timeout=300"]
    environment = os.environ | {
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTEST_ADDOPTS": "-p flaskctx -p timeout",
        "SCALE": str(scale),
    }
    began = time.monotonic()
    done = subprocess.run(
        [*command, f"--rootdir={SUITES}", str(SUITES / suite)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.monotonic() - began
    *lines, peak = done.stdout.splitlines()
    report = folder / "out.json"
    found = json.loads(report.read_text(encoding="utf-8"))["findings"] if report.exists() else []
    written = tuple(file.stat().st_size // 1000 for file in sorted(folder.iterdir()))
    return Run(
        seconds,
        int(peak.split()[1]) / 1000,
        len(lines),
        written,
        tuple(each["count"] for each in found),
    )


def rows(suites: dict[str, int]) -> Iterator[tuple[str, str, Run]]:
    """Yield each suite's runs, the plugin off and on, and with all that it can write."""
    for suite, scale in suites.items():
        for way, options in WAYS.items():
            with tempfile.TemporaryDirectory() as folder:
                yield suite, way, run(suite, options, scale, Path(folder))


def main() -> int:
    """Run everything and return the exit status."""
    parser = argparse.ArgumentParser(description="Print what very many leaks cost.")
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--accesses", type=int, default=100_000)
    chosen = parser.parse_args()
    suites = {"test_many_tasks.py": chosen.tasks, "test_many_accesses.py": chosen.accesses}
    lines, right = [HEAD], True
    for suite, way, each in rows(suites):
        sizes = ", ".join(map(str, each.written))
        cells = (f"{each.seconds:.2f}", f"{each.peak:.1f}", str(each.lines), sizes)
        lines.append((f"{suite} {suites[suite]:,}", way, *cells))
        if way == "all reports":
            right &= each.counts == (suites[suite],)
    print(aligned(lines))
    return int(not right)


if __name__ == "__main__":
    sys.exit(main())
