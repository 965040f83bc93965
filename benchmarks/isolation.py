"""Measure how surely and how fast tests find what bleeds between requests, and print two tables.

Exit status 1 if the fixture missed a bleed or accused a right app in any trial, else 0.
"""

from __future__ import annotations

import argparse
import os
import platform
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from shutil import copy
from statistics import mean, median
from textwrap import shorten

import growth
import isolation_apps as apps
from isolation_apps import App, Trial
from pytest_runs import SUITES
from table import aligned

HERE = Path(__file__).parent
HEAD = (
    "apps",
    "tool",
    "detection",
    "always found",
    "right flagged",
    "no verdict",
    "first failure",
    "worst app",
    "told",
    "clean",
    "schedules",
)
OURS = "flaskctx"
_PYTEST = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "--no-header", "--tb=no")
_FRONTRUN = ("-m", "frontrun.cli", sys.executable, *_PYTEST, "-p", "frontrun", "test_frontrun.py")
_AT_ONCE = ("--parallel-threads=10", "--iterations=10")  # as its README has it


@dataclass(frozen=True, slots=True)
class Tool:
    """Something that finds bleeds.

    Attributes:
        name: what the table calls it.
        arguments: of a Python that measures one app by it.
        package: what has to be installed for that.
        setting: what the measured process finds in its environment.
        on_right: how many trials right apps get at most.
    """

    name: str
    arguments: tuple[str, ...]
    package: str = "pytest-flaskctx"
    setting: dict[str, str] = field(default_factory=dict)
    on_right: int = 1_000

    def trials(self, app: App, seeds: int) -> list[Trial]:
        """Measure ``app`` in a process of its own, once for each seed."""
        count = seeds if app.bleeds else min(seeds, self.on_right)
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
            folder = Path(name)
            for suite in ("test_frontrun.py", "test_run_parallel.py"):
                copy(SUITES / suite, folder)
            record = folder / "trials.json"
            known = apps.environment(app.path, range(1, count + 1), record) | self.setting
            said = _run((sys.executable, *self.arguments), folder, known, 60.0 + 25.0 * count)
            trials = apps.recorded(record)[:count]
        # What a process owes when it dies or hangs is a trial without a verdict.
        return trials + [Trial("none", told=said)] * (count - len(trials))


def _run(command: tuple[str, ...], folder: Path, known: dict[str, str], limit: float) -> str:
    """Run ``command``, kill it and its children when it takes too long, and return how it ended."""
    with (folder / "output.txt").open("w", encoding="utf-8") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=known | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            process.wait(limit)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return f"hung, killed after {limit:.0f} s"
    lines = (folder / "output.txt").read_text(encoding="utf-8", errors="replace").split("\n")
    return f"ended with {process.returncode}: {next(filter(None, reversed(lines)), '')}"


TOOLS = (
    Tool(OURS, (str(HERE / "isolation_child.py"), "flaskctx")),
    Tool("50 requests at once", (str(HERE / "isolation_child.py"), "at once")),
    Tool(
        "run-parallel, 10 x 10",
        (
            *_PYTEST,
            "-p",
            "run-parallel",
            "-p",
            "isolation_plugin",
            *_AT_ONCE,
            "test_run_parallel.py",
        ),
        "pytest-run-parallel",
    ),
    Tool("frontrun, DPOR", _FRONTRUN, "frontrun", {"ISOLATION_STRATEGY": "dpor"}, on_right=1),
    Tool("frontrun, random", _FRONTRUN, "frontrun", {"ISOLATION_STRATEGY": "random"}, on_right=1),
)

Results = dict[str, dict[App, list[Trial]]]
"""The trials of each app, by the tool's name."""


def groups(of: list[App]) -> dict[str, list[App]]:
    """Return the apps by what makes them comparable; one may be in several groups."""
    return {
        "without a database": [app for app in of if not app.database],
        "of these, by token": [app for app in of if not app.database and not app.by_order],
        "with a database": [app for app in of if app.database],
    }


def rows(results: Results, of: list[App]) -> Iterator[tuple[str, ...]]:
    """Yield the first table's rows."""
    for group, members in groups(of).items():
        for tool, measured in results.items():
            bleeding = [measured[app] for app in members if app.bleeds]
            right = [measured[app] for app in members if not app.bleeds]
            if bleeding:
                yield (f"{len(bleeding)} {group}", tool, *_cells(bleeding, right))


def _cells(bleeding: list[list[Trial]], right: list[list[Trial]]) -> Iterator[str]:
    yield f"{mean(map(_rate, bleeding)):.2f}"
    yield f"{sum(_rate(each) == 1 for each in bleeding)} of {len(bleeding)}"
    yield f"{sum(_rate(each) > 0 for each in right)} of {len(right)}"
    every = [*bleeding, *right]
    yield str(sum(any(trial.outcome == "none" for trial in each) for each in every))
    # The median of an app's trials stands for the app: a single one tells of the machine.
    found = [[trial for trial in each if trial.outcome == "bled"] for each in bleeding]
    firsts = [median(trial.first or 0 for trial in each) for each in found if each]
    yield _milliseconds(median(firsts)) if firsts else "-"
    yield _milliseconds(max(firsts)) if firsts else "-"
    told = [median(trial.total for trial in each) for each in found if each]
    yield _milliseconds(median(told)) if told else "-"
    clean = [trial for each in right for trial in each if trial.outcome == "clean"]
    yield _milliseconds(median(trial.total for trial in clean)) if clean else "-"
    schedules = [trial.schedules for each in found for trial in each]
    some = [trial.schedules for trial in clean]
    yield " / ".join(f"{median(each):.0f}" if each else "-" for each in (schedules, some))


def _rate(trials: list[Trial]) -> float:
    return mean(trial.outcome == "bled" for trial in trials)


def _milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms"


def notes(results: Results) -> Iterator[str]:
    """Yield which apps were missed, accused, or left without a verdict, tool by tool."""
    for tool, measured in results.items():
        kinds: dict[str, list[str]] = {"missed": [], "flagged": [], "no verdict": []}
        for app, trials in measured.items():
            rate = _rate(trials)
            if app.bleeds and rate < 1:
                kinds["missed"].append(
                    app.path.stem if rate == 0 else f"{app.path.stem} {rate:.2f}"
                )
            if not app.bleeds and rate > 0:
                kinds["flagged"].append(app.path.stem)
            why = [trial.told for trial in trials if trial.outcome == "none"]
            if why:
                kinds["no verdict"].append(f"{app.path.stem} ({_first_words(why[0])})")
        for kind, names in kinds.items():
            if names:
                yield f"{tool}, {kind}: {'; '.join(names)}"


def _first_words(text: str) -> str:
    return shorten(text, 70, placeholder=" ...")


def measured(of: list[App], tools: list[Tool], seeds: int) -> Results:
    """Measure all apps by all tools, one after the other; each in a process of its own."""
    results: Results = {tool.name: {} for tool in tools}
    for app in of:
        for tool in tools:
            trials = results[tool.name][app] = tool.trials(app, seeds)
            took = sum(trial.total for trial in trials)
            kind = "bleeding" if app.bleeds else "right"
            line = f"{kind} {app.path.stem}, {tool.name}: {_rate(trials):.2f}, {took:.2f} s"
            print(f"  {line}", file=sys.stderr, flush=True)
    return results


def _installed(names: str) -> list[Tool]:
    wanted = [tool for tool in TOOLS if names in tool.name]
    return [tool for tool in wanted if _version(tool.package)]


def _version(package: str) -> str:
    try:
        return version(package)
    except ImportError:
        return ""


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Print how surely and how fast bleeds are found.")
    parser.add_argument("--seeds", type=int, default=5, help="trials of each app (default: 5)")
    parser.add_argument("--quick", action="store_true", help="one trial of every eighth app")
    parser.add_argument("--tool", default="", metavar="PART", help="only tools named so")
    parser.add_argument("--mutants", action="store_true", help="right apps' mutants bleed as well")
    parser.add_argument("--no-growth", action="store_true", help="leave the second table out")
    return parser.parse_args()


def main() -> int:
    """Measure and return the exit status."""
    asked = _arguments()
    tools, seeds = _installed(asked.tool), 1 if asked.quick else asked.seeds
    with tempfile.TemporaryDirectory() as folder:
        of = apps.corpus() + (apps.mutants(Path(folder)) if asked.mutants else [])
        of = of[::8] if asked.quick else of
        results = measured(of, tools, seeds)
    packages = ("flask", "pytest-run-parallel", "frontrun")
    shown = ", ".join(f"{name} {_version(name) or '-'}" for name in packages)
    print(f"CPython {platform.python_version()}, {shown}, {platform.system()}; {seeds} trials\n")
    print(aligned([HEAD, *rows(results, of)]), *["", *notes(results)], sep="\n")
    if not asked.no_growth:
        print("", aligned([growth.HEAD, *growth.rows(TOOLS[0], quick=asked.quick)]), sep="\n")
    ours = results.get(OURS, {})
    return int(any(_rate(trials) != app.bleeds for app, trials in ours.items()))


if __name__ == "__main__":
    sys.exit(main())
