"""Run the corpus and hold what was found against what is marked.

``python tests/corpus/check.py`` prints the table of cells and one line a deviation; with
``--probes`` it also runs the leaking apps once with each probe switched off, which must break at
least one of them.
"""

from __future__ import annotations

import argparse
import ast
import json
import os
import re
import subprocess
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LEAK = re.compile(r"# LEAK (?P<code>FCX\d+) (?P<proxy>\w+)")
HANDOVER = "# HANDOVER"
PROBES = (
    "threads",
    "executors",
    "threadpools",
    "callbacks",
    "contexts",
    "proxies",
    "functions",
    "extensions",
)

Leak = tuple[str, int, str, str]
"""File, line, code and proxy."""


@dataclass(frozen=True)
class Run:
    """What one run over a folder came to.

    Attributes:
        leaks: what was found, each with its line.
        handovers: file and line of the hand-overs that were named.
        failed: ids of the tests that failed.
        output: what pytest printed.
    """

    leaks: frozenset[Leak]
    handovers: frozenset[tuple[str, int]]
    failed: frozenset[str]
    output: str


def run(*paths: Path, without: str = "", options: tuple[str, ...] = ()) -> Run:
    """Run pytest over ``paths``, each probe in place but ``without``."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        command = [sys.executable, "-m", "pytest", "-c", os.devnull, f"--rootdir={HERE}", "-q"]
        command += ["-p", "no:cacheprovider", "-o", "python_files=*.py", "-o", "flaskctx=fail"]
        command += ["-p", "without_probe"] if without else []
        command += [f"--flaskctx-json={out}", *options, *map(str, paths)]
        environment = os.environ | {"PYTHONPATH": str(HERE), "WITHOUT_PROBE": without}
        done = subprocess.run(
            command, cwd=HERE, env=environment, capture_output=True, text=True, check=False
        )
        text = done.stdout + done.stderr
        entries = json.loads(out.read_text())["findings"] if out.exists() else []
    return Run(
        frozenset((e["file"], e["line"], e["code"], e["proxy"]) for e in entries if _counts(e)),
        frozenset((e["origin"]["file"], e["origin"]["line"]) for e in entries if e["origin"]),
        frozenset(re.findall(r"^(?:FAILED|ERROR) (\S+)", text, re.MULTILINE)),
        text,
    )


def _counts(entry: dict[str, object]) -> bool:
    return entry["status"] == "new" and entry["code"] != "FCX901"


def marked(*files: Path) -> tuple[frozenset[Leak], frozenset[tuple[str, int]]]:
    """Return the leaks and hand-overs that are marked in ``files``."""
    leaks, handovers = set(), set()
    for file in files:
        name = file.relative_to(HERE).as_posix()
        for number, line in enumerate(file.read_text().splitlines(), 1):
            if found := LEAK.search(line):
                leaks.add((name, number, found["code"], found["proxy"]))
            if HANDOVER in line:
                handovers.add((name, number))
    return frozenset(leaks), frozenset(handovers)


def apps(kind: str) -> list[Path]:
    """Return the apps of one kind, ``leaking`` or ``right``."""
    return sorted((HERE / kind).glob("*.py"))


def constant(file: Path, name: str) -> object:
    """Return what a module-level name of an app is set to, without running it."""
    for node in ast.parse(file.read_text()).body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == name:
            return ast.literal_eval(node.value)
    return None


def table() -> str:
    """Return the table of cells: mechanism, proxy and how the error is lost, with counts."""
    cells = Counter(constant(file, "CELL") for file in apps("leaking"))
    rows = [
        f"{mechanism:22} {proxy:28} {lost:20} {count}"
        for (mechanism, proxy, lost), count in sorted(cells.items())  # type: ignore[misc]
    ]
    mutants = Counter(str(constant(file, "MUTANT")) for file in apps("right"))
    right = [f"{mutant:22} {count}" for mutant, count in sorted(mutants.items())]
    return "\n".join(
        [
            f"{sum(cells.values())} leaking apps in {len(cells)} unlike cells",
            *rows,
            f"{sum(mutants.values())} right apps, by the detector that would flag them",
            *right,
        ]
    )


def deviations(options: tuple[str, ...] = ()) -> list[str]:
    """Return one line for each leak missed, finding made up or test with another outcome."""
    found = run(HERE / "leaking", HERE / "right", options=options)
    leaks, handovers = marked(*apps("leaking"))
    skipped = set(re.findall(r"SKIPPED.* (leaking/\w+\.py)", found.output))
    missed = {leak for leak in leaks - found.leaks if leak[0] not in skipped}
    unnamed = {place for place in handovers - found.handovers if place[0] not in skipped}
    wrong = [test for test in found.failed if test.startswith("right/")]
    return sorted(
        [f"missed: {leak}" for leak in missed]
        + [f"not marked: {leak}" for leak in found.leaks - leaks]
        + [f"hand-over not named: {place}" for place in unnamed]
        + [f"fails though it is right: {test}" for test in wrong]
    )


def blind(probe: str) -> list[str]:
    """Return the leaking apps that are not seen whole without ``probe``."""
    found = run(HERE / "leaking", without=probe)
    leaks, handovers = marked(*apps("leaking"))
    lost = {leak[0] for leak in leaks - found.leaks}
    return sorted(lost | {place[0] for place in handovers - found.handovers})


def main() -> int:
    """Print the table, the deviations and, if asked, what each probe is good for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--probes", action="store_true", help="switch each probe off in turn")
    asked = parser.parse_args()
    print(table())
    wrong = deviations()
    print("\n".join(wrong) or "all marked lines found, and nothing else")
    for probe in PROBES if asked.probes else ():
        lost = blind(probe)
        print(f"without {probe}: {len(lost)} apps are not seen whole, such as {lost[:1]}")
        wrong += [] if lost else [f"the probe {probe} is good for nothing"]
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
