"""Whole pytest runs of one suite: without any plugin, and with exactly one of several."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from shutil import copyfile

from table import Row
from together import Job, Run, run_together

SUITES = Path(__file__).parent / "suites"

BARE = "no plugin"
CONTROL = "no plugin, again"  # measured like the others, its distance from 1 is the noise
OURS = "flaskctx"
PLUGINS = {
    CONTROL: (),
    OURS: (),
    "timeout": ("--timeout=60",),
    "socket": ("--disable-socket", "--allow-unix-socket"),
    "threadleak": ("--threadleak",),
}
"""What is measured against ``BARE``: plugins by entry point, with what sets them to work."""


@dataclass(frozen=True, slots=True)
class Pair:
    """CPU seconds of a run with a plugin, and of the one without that ran beside it."""

    measured: float
    bare: float

    @property
    def ratio(self) -> float:
        """How many times as much the plugin's run took."""
        return self.measured / self.bare


Pairs = dict[str, list[Pair]]
"""The pairs of each plugin, in the order in which they were run."""


@dataclass(frozen=True, slots=True)
class Suite:
    """A folder of tests, one of which leaks.

    Attributes:
        folder: where the tests are.
        rounds: how often everything is measured.
    """

    folder: Path
    rounds: int

    def measure(self) -> Pairs:
        """Measure every plugin that is installed."""
        copyfile(SUITES / "test_leak.py", self.folder / "test_leak.py")
        # The first runs compile what is to be compiled.
        self._runs(OURS)
        pairs: Pairs = {arm: [] for arm in _installed()}
        # Plugin after plugin, and the same again, so that an hour's moods meet all of them.
        for number in range(self.rounds):
            for arm, measured in pairs.items():
                measured.append(self._pair(arm, number))
        return pairs

    def alone(self) -> str:
        """Tell what a run takes on the clock: CPU time does not tell of waiting."""
        walls = [min(self._runs(arm)[arm].wall for _ in range(2)) for arm in (OURS, BARE)]
        return "alone {:.1f} s against {:.1f} s".format(*walls)

    def seen(self) -> tuple[bool, str]:
        """Return whether our last run found just the leak, and what it observed."""
        return _read(self._report)

    @property
    def _report(self) -> Path:
        return self.folder / "findings.json"

    def _pair(self, arm: str, number: int) -> Pair:
        # Each of the two starts first in turn, so that no place favours one.
        runs = self._runs(*((arm, BARE) if number % 2 else (BARE, arm)))
        return Pair(runs[arm].cpu, runs[BARE].cpu)

    def _runs(self, *arms: str) -> dict[str, Run]:
        return run_together({arm: self._job(arm) for arm in arms})

    def _job(self, arm: str) -> Job:
        quiet = ("-q", "-p", "no:cacheprovider", "--no-header", "--tb=no")
        command = (sys.executable, "-m", "pytest", *quiet, *self._options(arm), ".")
        # Only what a -p names is loaded: whatever else is installed must not be measured along.
        environment = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONHASHSEED": "0"}
        # Else the tests, and a plugin in a source tree, would be compiled anew in each run.
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        return Job(command, self.folder, environment, self.folder / f"{arm}.txt")

    def _options(self, arm: str) -> tuple[str, ...]:
        if arm in (BARE, CONTROL):
            return ()
        report = (f"--flaskctx-json={self._report}",) if arm == OURS else ()
        return ("-p", arm, *PLUGINS[arm], *report)


def rows_of(
    title: str, mark: str, ratios: Mapping[str, list[float]], suite: Suite
) -> Iterator[Row]:
    """Return a row for each plugin; ours tells of the leak as well."""
    for arm, measured in ratios.items():
        if arm == OURS:
            found, seen = suite.seen()
            seen = f"{seen}; {suite.alone()}"
            yield Row(title, mark, tuple(measured), seen, leak_found=found)
        else:
            yield Row(f"{title}, {arm}", "", tuple(measured))


def _installed() -> list[str]:
    names = {point.name for point in entry_points(group="pytest11")} | {CONTROL}
    return [plugin for plugin in PLUGINS if plugin in names]


def _read(report: Path) -> tuple[bool, str]:
    found = json.loads(report.read_text(encoding="utf-8"))
    places = [(entry["code"], Path(entry["file"]).name) for entry in found["findings"]]
    summary = found["summary"]
    seen = "{observed_accesses:,} accesses, {handovers:,} hand-overs".format_map(summary)
    return places == [("FCX101", "test_leak.py")], seen
