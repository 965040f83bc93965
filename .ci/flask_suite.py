"""Runs Flask's own test suite without the plugin and with it, and with ten leaks put into it.

Usage: flask_suite.py [WHEEL]   (without a wheel, this folder is installed)

Asserted: every test has the same outcome with and without; the plugin finds nothing in Flask's own
tests, and notes just those of them that hold a context around requests; of the ten leaking tests,
ten fail, each for the line that it marks, and nothing else does.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from environment import install, make, run

ROOT = Path(__file__).resolve().parent.parent
LEAKS = Path(__file__).parent / "flask_leaks" / "test_leaks.py"
PUT_INTO = "tests/test_leaks.py"
HOLDING = {"tests/conftest.py", "tests/test_appctx.py"}
"""Where contexts are held around requests, which is noted (FCX303) and true: fixtures that push one
around a test, and tests of just that."""

TOOLS = ("pytest", "asgiref", "greenlet", "python-dotenv")
# The suite turns warnings into errors and reaches into pytest: it is right only with the versions
# that Flask's own lock file names for these (pytest 9.2, for one, took away what its conftest uses).
LOCKED = (*TOOLS, "werkzeug", "click", "jinja2", "blinker", "itsdangerous", "markupsafe")

Outcomes = dict[str, str]
Findings = list[dict[str, Any]]


def download_flask(python: Path, scratch: Path) -> Path:
    """Fetch the sdist of the newest Flask 3.1 and unpack it."""
    words = ("--no-deps", "--no-binary", "flask", "-d", scratch, "flask==3.1.*")
    run(python, "-m", "pip", "--disable-pip-version-check", "download", "-q", *words)
    (archive,) = scratch.glob("flask-*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(scratch, filter="data")
    return scratch / archive.name.removesuffix(".tar.gz")


def pins(flask: Path) -> list[str]:
    """The versions that Flask's lock file names; the newest, where it names several."""
    packages = tomllib.loads((flask / "uv.lock").read_text(encoding="utf-8"))["package"]
    found: dict[str, list[int]] = {}
    for package in packages:
        if package["name"] in LOCKED:
            version = [int(part) for part in re.findall(r"\d+", package["version"])]
            found[package["name"]] = max(version, found.get(package["name"], []))
    return [f"{name}=={'.'.join(map(str, version))}" for name, version in sorted(found.items())]


def run_suite(python: Path, flask: Path, scratch: Path, label: str, *options: str) -> Outcomes:
    """Run the suite and return each test's outcome, with the words of its failure, if any."""
    junit = scratch / f"{label}.xml"
    words = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--color=no", f"--junitxml={junit}"]
    # As in an activated environment: some suites run the commands that they install.
    path = f"{python.parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [str(python), *words, *options],
        cwd=flask,
        env=os.environ | {"PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    (scratch / f"{label}.txt").write_text(done.stdout + done.stderr, encoding="utf-8")
    # Indented, for the ten fail on purpose.
    print(f"  | {label}: {done.stdout.strip().rpartition(chr(10))[2]}", flush=True)
    if not junit.exists():
        sys.exit(done.stdout + done.stderr)
    return outcomes(junit)


def outcomes(junit: Path) -> Outcomes:
    """Read a JUnit file: `passed`, or kind and text of what happened instead."""
    found: Outcomes = {}
    for case in ET.parse(junit).iter("testcase"):
        name = f"{case.get('classname')}::{case.get('name')}"
        troubles = (child for child in case if child.tag in {"failure", "error", "skipped"})
        told = [f"{child.tag}: {child.get('message')}\n{child.text}" for child in troubles]
        # A late leak is a second report of the same test.
        found[name] = "\n".join([*filter(None, [found.get(name)]), *told])
    return {name: told or "passed" for name, told in found.items()}


def kinds(found: Outcomes) -> Outcomes:
    """The outcomes without their texts, which hold addresses and times."""
    return {name: told.partition(":")[0] for name, told in found.items()}


def findings(path: Path) -> Findings:
    """What the plugin's JSON file tells."""
    told: Findings = json.loads(path.read_text(encoding="utf-8"))["findings"]
    return told


def beside_notes(told: Findings) -> Findings:
    """The findings that are no notes; these are checked here."""
    notes = [each for each in told if each["level"] == "note"]
    where = {(each["code"], each["file"]) for each in notes}
    places = ", ".join(f"{each['file']}:{each['line']}" for each in notes)
    check(where == {("FCX303", file) for file in HOLDING}, f"noted what is so: {places}", where)
    return [each for each in told if each not in notes]


def marked_lines() -> dict[str, int]:
    """The leaking line of each of the ten tests: it carries `# LEAK test_name`."""
    lines = LEAKS.read_text(encoding="utf-8").splitlines()
    marks = ((re.search(r"# LEAK (test_\w+)$", line), n) for n, line in enumerate(lines, 1))
    return {mark[1]: number for mark, number in marks if mark is not None}


def check(truth: bool, told: str, details: object = "") -> None:
    """Print what was checked; end the program where it does not hold."""
    print(("ok: " if truth else "NOT SO: ") + told, flush=True)
    if not truth:
        sys.exit(str(details))


def check_same(without: Outcomes, with_plugin: Outcomes, reported: Findings) -> None:
    """Flask's own tests have the same outcomes, and nothing is found in them."""
    before, after = kinds(without), kinds(with_plugin)
    names = sorted(before.keys() | after.keys())
    changed = {name: with_plugin.get(name) for name in names if before.get(name) != after.get(name)}
    check(len(before) > 400, f"Flask's suite has its {len(before)} tests", before)
    check(not changed, "the same outcomes with and without the plugin", changed)
    check(not reported, "no finding in Flask's own tests", json.dumps(reported, indent=1))


def check_ten(without: Outcomes, with_leaks: Outcomes, reported: Findings) -> None:
    """Ten leaking tests, green by themselves, fail for their marked line; nothing else does."""
    lines = marked_lines()
    check(len(lines) == 10, "ten leaking tests are marked", lines)
    expected = {f"{PUT_INTO}::{name}": line for name, line in lines.items()}
    found = {test: leak["line"] for leak in reported for test in leak["tests"]}
    wrong = [leak for leak in reported if (leak["code"], leak["file"]) != ("FCX101", PUT_INTO)]
    check(found == expected, f"{len(found)} of 10 leaks found at their lines", (found, expected))
    check(not wrong and len(reported) == 10, "nothing else is found", json.dumps(wrong, indent=1))
    own = {
        n: told for n, told in kinds(with_leaks).items() if not n.startswith("tests.test_leaks:")
    }
    check(own == kinds(without), "Flask's own tests have their outcomes beside the leaks")
    failed = {
        name.rpartition("::")[2]
        for name, told in with_leaks.items()
        if name.startswith("tests.test_leaks:") and told.startswith("failure:") and "FCX101" in told
    }
    check(failed == set(lines), "ten tests fail through the plugin", sorted(failed ^ set(lines)))


def main(plugin: str) -> None:
    """Set up, run three times and compare."""
    with tempfile.TemporaryDirectory() as name:
        scratch = Path(name)
        python = make(scratch / "venv")
        flask = download_flask(python, scratch)
        install(python, flask, *pins(flask))
        without = run_suite(python, flask, scratch, "without")
        shutil.copy(LEAKS, flask / PUT_INTO)
        green = run_suite(python, flask, scratch, "ten-without", PUT_INTO)
        check(set(green.values()) == {"passed"}, "the ten are green without the plugin", green)
        (flask / PUT_INTO).unlink()

        install(python, plugin, *pins(flask))
        report = scratch / "findings.json"
        option = f"--flaskctx-json={report}"
        with_plugin = run_suite(python, flask, scratch, "with", option)
        check_same(without, with_plugin, beside_notes(findings(report)))
        shutil.copy(LEAKS, flask / PUT_INTO)
        with_leaks = run_suite(python, flask, scratch, "ten", option)
        check_ten(without, with_leaks, beside_notes(findings(report)))


if __name__ == "__main__":
    main(str(Path(sys.argv[1]).resolve() if sys.argv[1:] else ROOT))
