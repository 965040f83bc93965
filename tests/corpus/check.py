"""Run the corpus and hold what was found against what is marked.

``python tests/corpus/check.py`` prints the table of cells and one line a deviation; with
``--probes`` it also runs the leaking apps once with each probe switched off, which must break at
least one of them; with ``--mutants`` the right apps of each kind under the naive detector that the
kind is named after, which must accuse them all.
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
from importlib.metadata import version
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
INHERIT = HERE / "inherit"
# Before Flask 3.1.2, and from 3.2 on, a stream pushes its context where it is made, not where it is
# first read.
_FLASK = tuple(map(int, re.findall(r"\d+", version("flask"))[:3]))
STREAM = "READ" if (3, 1, 2) <= _FLASK < (3, 2) else "MADE"
LEAK = re.compile(rf"# (?:LEAK|NOTE|{STREAM}) (?P<code>FCX\d+) (?P<proxy>\w+)")
HANDOVER = "# HANDOVER"
PROBES = (
    "threads",
    "executors",
    "threadpools",
    "processes",
    "callbacks",
    "contexts",
    "proxies",
    "functions",
    "extensions",
    "bodies",
    "sessions",
    "eager",
    "inline",
)
SPARING = {"waits": "any-bound"}
"""Probes that tell what is right: without one, right apps of the kind would be accused."""

AT_MOST = 8
"""On how many apps a single probe is tried where not the whole corpus is asked for."""

MADE_FOR = {
    "threads": r"thread|thread-subclass|timer|raw-thread",
    "executors": r"submit|map|run_in_executor|to_thread",
    "threadpools": r"threadpool-.*",
    "processes": r"process.*|pool-.*",
    "callbacks": r"done-callback|threadpool-callback",
    "contexts": r"left-.*|done-callback|(jwt\.)?current_user",
    "proxies": r"queue-.*|request|session|g|current_app",
    "functions": r"after_this_request|.*_context|url_for",
    "extensions": r"(jwt\.)?current_user",
    "bodies": r"body|file",
    "sessions": r"lost-write",
    "eager": r"(celery|rq|huey)-(eager|apply|chain|sync|immediate)",
    "inline": r"inline-executor",
}
"""The mechanisms and proxies of the cells that each probe is for."""

Leak = tuple[str, int, str, str]
"""File, line, code and proxy; two findings that share them are one marked line."""

Place = tuple[str, int]
"""File and line."""


@dataclass(frozen=True)
class Run:
    """What one run over a folder came to.

    Attributes:
        leaks: what was found, each with its line.
        handovers: file and line of the hand-overs that were named.
        requested: those of them behind which a request stood.
        accused: files of the tests that were charged with something.
        failed: ids of the tests that failed.
        skipped: files of which something was skipped.
        output: what pytest printed.
    """

    leaks: frozenset[Leak]
    handovers: frozenset[Place]
    requested: frozenset[Place]
    accused: frozenset[str]
    failed: frozenset[str]
    skipped: frozenset[str]


def run(
    *paths: Path,
    without: str = "",
    mutant: str = "",
    options: tuple[str, ...] = (),
    interpreter: tuple[str, ...] = (),
) -> Run:
    """Run pytest over ``paths``, all as it should be but for a probe left out, or a mutant."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        command = [
            sys.executable,
            *interpreter,
            "-m",
            "pytest",
            "-c",
            os.devnull,
            f"--rootdir={HERE}",
            "-q",
        ]
        command += ["-p", "flaskctx", "-p", "no:cacheprovider"]
        command += ["-o", "python_files=*.py", "-o", "flaskctx=fail"]
        # -r replaces what is listed by itself: the failed and the errors.
        command += ["-rfEs"]
        command += ["-p", "patient"]
        command += ["-p", "without_probe"] if without else []
        command += ["-p", "mutants"] if mutant else []
        command += [f"--flaskctx-json={out}", *options, *map(str, paths)]
        known = os.environ.get("PYTHONPATH")
        path = os.pathsep.join([str(HERE), *([known] if known else [])])
        environment = {"PYTHONPATH": path, "WITHOUT_PROBE": without, "MUTANT": mutant}
        # Importing all plugins that happen to be installed takes longer than the apps.
        environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
        done = subprocess.run(
            command,
            cwd=HERE,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            check=False,
        )
        text = done.stdout + done.stderr
        if not out.exists():
            raise RuntimeError(f"pytest wrote no findings:\n{text}")
        entries = json.loads(out.read_text())["findings"]
    leaks = [entry for entry in entries if _counts(entry)]
    return Run(
        leaks=frozenset((e["file"], e["line"], e["code"], e["proxy"] or "none") for e in leaks),
        handovers=frozenset(_place(e["origin"]) for e in entries if e["origin"]),
        requested=frozenset(_place(e["origin"]) for e in leaks if e["origin"] and e["request"]),
        accused=frozenset(
            test.split("::")[0] for e in entries if _accuses(e) for test in e["tests"]
        ),
        failed=frozenset(re.findall(r"^(?:FAILED|ERROR) (\S+)", text, re.MULTILINE)),
        skipped=frozenset(re.findall(r"^SKIPPED.* (\w+/\w+\.py)", text, re.MULTILINE)),
    )


def _place(origin: dict[str, Any]) -> Place:
    return origin["file"], origin["line"]


def _counts(entry: dict[str, Any]) -> bool:
    return entry["status"] == "new" and entry["code"] != "FCX901"


def _accuses(entry: dict[str, Any]) -> bool:
    """Whether an entry charges its tests; what only ran on charges nobody unless it fails."""
    return _counts(entry) or (entry["status"] == "new" and entry["level"] == "error")


def marked(*files: Path) -> tuple[frozenset[Leak], frozenset[Place]]:
    """Return the leaks and hand-overs that are marked in ``files``."""
    leaks, handovers = set(), set()
    for file in files:
        name = file.relative_to(HERE).as_posix()
        for number, line in enumerate(file.read_text().splitlines(), 1):
            for found in LEAK.finditer(line):
                leaks.add((name, number, found["code"], found["proxy"]))
            if HANDOVER in line:
                handovers.add((name, number))
    return frozenset(leaks), frozenset(handovers)


def apps(kind: str, base: Path = HERE) -> list[Path]:
    """Return the apps of one kind, ``leaking`` or ``right``."""
    return sorted((base / kind).glob("*.py"))


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


def deviations(
    base: Path = HERE, *, options: tuple[str, ...] = (), interpreter: tuple[str, ...] = ()
) -> list[str]:
    """Return one line for each leak missed, finding made up or test with another outcome."""
    found = run(base / "leaking", base / "right", options=options, interpreter=interpreter)
    leaks, handovers = marked(*apps("leaking", base))
    leaks |= marked(*apps("right", base))[0]
    missed = {leak for leak in leaks - found.leaks if leak[0] not in found.skipped}
    unnamed = {place for place in handovers - found.handovers if place[0] not in found.skipped}
    wrong = [test for test in found.failed if "right/" in test.split("::")[0]]
    return sorted(
        [f"missed: {leak}" for leak in missed]
        + [f"not marked: {leak}" for leak in found.leaks - leaks]
        + [f"hand-over not named: {place}" for place in unnamed]
        + [f"hand-over not marked: {place}" for place in found.requested - handovers]
        + [f"fails though it is right: {test}" for test in wrong]
    )


def made_for(probe: str) -> list[Path]:
    """Return a few leaking apps of the mechanisms and proxies that ``probe`` is for."""
    words = re.compile(MADE_FOR[probe])
    cells = [(file, constant(file, "CELL")) for file in apps("leaking")]
    return [file for file, cell in cells if any(map(words.fullmatch, cell))][:AT_MOST]  # type: ignore[arg-type, call-overload]


def blind(probe: str, files: list[Path]) -> list[str]:
    """Return those of the leaking apps ``files`` that are not seen whole without ``probe``."""
    found = run(*files, without=probe)
    leaks, handovers = marked(*files)
    lost = {leak[0] for leak in leaks - found.leaks}
    return sorted((lost | {place[0] for place in handovers - found.handovers}) - found.skipped)


def inherited() -> list[str]:
    """Return the deviations where threads inherit contexts: by our option, and by Python itself."""
    wrong = deviations(INHERIT, options=("--flaskctx-inherit",))
    if sys.version_info >= (3, 14):
        wrong += deviations(INHERIT, interpreter=("-X", "thread_inherit_context=1"))
    return wrong


def kinds() -> dict[str, list[Path]]:
    """Return the right apps, by the naive detector that would accuse them."""
    sorted_out: dict[str, list[Path]] = {}
    for file in apps("right"):
        sorted_out.setdefault(str(constant(file, "MUTANT")), []).append(file)
    return dict(sorted(sorted_out.items()))


def unaccused(kind: str) -> tuple[list[str], int]:
    """Return the right apps that the mutant ``kind`` does not accuse, and how many it does."""
    files = kinds()[kind]
    found = run(*files, mutant=kind)
    names = {file.relative_to(HERE).as_posix() for file in files} - found.skipped
    return sorted(names - found.accused), len(names & found.accused)


def unspared(probe: str) -> list[str]:
    """Return the right apps of its kind that are accused without ``probe``."""
    found = run(*kinds()[SPARING[probe]], without=probe)
    return sorted(found.accused)


def try_probes() -> list[str]:
    """Print what each probe is good for; return a line for each that is good for nothing."""
    wrong = []
    for probe in SPARING:
        accused = unspared(probe)
        print(f"without {probe}: {len(accused)} right apps are accused, such as {accused[:1]}")
        wrong += [] if accused else [f"the probe {probe} is good for nothing"]
    for probe in PROBES:
        lost = blind(probe, apps("leaking"))
        print(f"without {probe}: {len(lost)} apps are not seen whole, such as {lost[:1]}")
        wrong += [] if lost else [f"the probe {probe} is good for nothing"]
    return wrong


def try_mutants() -> list[str]:
    """Print how many right apps each mutant accuses; return a line for each that one does not."""
    wrong = []
    for kind, files in kinds().items():
        spared, accused = unaccused(kind)
        print(f"{kind:20} accuses {accused} of {len(files)}", *spared)
        wrong += [f"{kind} does not accuse {file}" for file in spared]
    return wrong


def main() -> int:
    """Print the table, the deviations and, if asked, what probes and right apps are good for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--probes", action="store_true", help="switch each probe off in turn")
    parser.add_argument("--mutants", action="store_true", help="make the detector naive in turn")
    asked = parser.parse_args()
    print(table())
    wrong = deviations() + inherited()
    print("\n".join(wrong) or "all marked lines found, and nothing else")
    wrong += try_probes() if asked.probes else []
    wrong += try_mutants() if asked.mutants else []
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
