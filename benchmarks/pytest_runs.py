"""Rounds of whole pytest runs: a suite without any plugin, then with exactly one, in turns.

A plugin's ratio is taken within its round, so a machine that grows slower in between does no harm.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import entry_points
from pathlib import Path
from shutil import copyfile

from table import Row

OURS = "flaskctx"
BARE = "no plugin"
SUITES = Path(__file__).parent / "suites"

PLUGINS = {
    OURS: (),
    "timeout": ("--timeout=60",),
    "socket": ("--disable-socket", "--allow-unix-socket"),
    "threadleak": ("--threadleak",),
}
"""The plugins measured, by entry point, with the options that set them to work."""


@dataclass(frozen=True, slots=True)
class Run:
    """What one pytest run took, in seconds."""

    cpu: float
    wall: float


@dataclass(frozen=True, slots=True)
class Suite:
    """A folder of tests, one of which leaks.

    Attributes:
        folder: where the tests are.
        title: what they are called in the table.
        mark: what our own ratio should be at most.
        rounds: how often each plugin is measured.
    """

    folder: Path
    title: str
    mark: str
    rounds: int

    def rows(self) -> Iterator[Row]:
        """Measure every plugin that is installed, and return a row for each."""
        copyfile(SUITES / "test_leak.py", self.folder / "test_leak.py")
        installed = {point.name for point in entry_points(group="pytest11")}
        arms = [BARE, *(plugin for plugin in PLUGINS if plugin in installed)]
        self._round(arms)  # compiles what is to be compiled; not counted
        rounds = [self._round(_rotated(arms, number)) for number in range(self.rounds)]
        found, seen = _read(self._report)
        for plugin in arms[1:]:
            cpu = tuple(runs[plugin].cpu / runs[BARE].cpu for runs in rounds)
            wall = tuple(runs[plugin].wall / runs[BARE].wall for runs in rounds)
            if plugin == OURS:
                yield Row(self.title, self.mark, cpu, wall, seen, leak_found=found)
            else:
                yield Row(f"{self.title}, pytest-{plugin}", "", cpu, wall)

    @property
    def _report(self) -> Path:
        return self.folder / "findings.json"

    def _round(self, arms: list[str]) -> dict[str, Run]:
        return {arm: self._run(*self._options(arm)) for arm in arms}

    def _options(self, arm: str) -> tuple[str, ...]:
        if arm == BARE:
            return ()
        report = (f"--flaskctx-json={self._report}",) if arm == OURS else ()
        return ("-p", arm, *PLUGINS[arm], *report)

    def _run(self, *options: str) -> Run:
        quiet = ("-q", "-p", "no:cacheprovider", "--no-header", "--tb=no")
        command = (sys.executable, "-m", "pytest", *quiet, *options, ".")
        # Only what a -p names is loaded: whatever else is installed must not be measured along.
        environment = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONHASHSEED": "0"}
        cpu, wall = _children_cpu(), time.perf_counter()
        done = subprocess.run(
            command, cwd=self.folder, env=environment, stdout=subprocess.PIPE, text=True, check=False
        )
        run = Run(_children_cpu() - cpu, time.perf_counter() - wall)
        if done.returncode not in (0, 1):
            raise RuntimeError(f"{command!r} ended with {done.returncode}:\n{done.stdout}")
        return run


def _rotated(arms: list[str], number: int) -> list[str]:
    # Each arm is first, last and in between in turn, so that no place in the round favours one.
    turn = number % len(arms)
    return arms[turn:] + arms[:turn]


def _children_cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _read(report: Path) -> tuple[bool, str]:
    found = json.loads(report.read_text(encoding="utf-8"))
    places = [(entry["code"], Path(entry["file"]).name) for entry in found["findings"]]
    summary = found["summary"]
    seen = "{observed_accesses:,} accesses, {handovers:,} hand-overs".format_map(summary)
    return places == [("FCX101", "test_leak.py")], seen
