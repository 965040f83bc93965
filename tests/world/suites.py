"""Run the suites of well-known extensions without the plugin, with it, and with leaks put into them.

``python tests/world/suites.py [--folder FOLDER] [--wheel WHEEL] [NAME ...]`` prints a table: suite,
tests, whether the outcomes are the same, findings, and how many of the leaks of
``carried_leaks.py`` were found among the suite's own tests. It exits 1 where an outcome differs, a
finding is none that is known to be true, or a leak is missed. Sources come from the package index;
``--folder`` keeps the environments for the next time.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LEAKS = Path(__file__).with_name("carried_leaks.py")
PUT_INTO = "test_put_in_leaks.py"
sys.path.insert(0, str(ROOT / ".ci"))
from environment import install, make, run  # noqa: E402 - the scripts beside CI's are no package
from flask_suite import Findings, Outcomes, findings, kinds, run_suite  # noqa: E402


@dataclass(frozen=True)
class Suite:
    """One extension's own tests, as its sdist carries them.

    Attributes:
        name: the distribution, with the version to take.
        needs: what else has to be installed.
        options: words for pytest.
        true: end of the file, and line, of findings that were looked at and are right.
    """

    name: str
    needs: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    true: frozenset[tuple[str, int]] = frozenset()

    @property
    def label(self) -> str:
        return self.name.partition("=")[0]


SUITES = (
    Suite(
        "apiflask",
        ("openapi-spec-validator", "flask[async]", "pydantic", "pytest-cov"),
        ("tests",),
    ),
    Suite("flask-caching", ("pytest-xprocess", "asgiref")),
    Suite("flask-cors"),
    Suite("flask-httpauth", ("asgiref",)),
    Suite("flask-jwt-extended", ("cryptography", "python-dateutil")),
    Suite(
        "flask-login==0.6.3",
        ("asgiref", "semantic-version", "flask<3", "werkzeug<3"),
        # Two tests send requests inside `with self.app.app_context():`.
        true=frozenset({("tests/test_login.py", 584), ("tests/test_login.py", 639)}),
    ),
    Suite("flask-marshmallow", ("flask-sqlalchemy", "marshmallow-sqlalchemy")),
    Suite("flask-migrate"),
    Suite(
        "flask-restx",
        ("faker", "pytest-benchmark", "pytest-mock", "tzlocal", "blinker"),
        # The sdist lacks their schema.
        ("--ignore=tests/test_postman.py",),
    ),
    Suite("flask-smorest", ("apispec", "pyyaml")),
    Suite("flask-socketio", ("redis",)),
    # Which test is told of an unclosed connection is the garbage collector's choice.
    Suite("flask-sqlalchemy", ("sqlalchemy<2.1",), ("-W", "ignore::ResourceWarning")),
    # Its fixtures hold contexts while tests use the client.
    Suite(
        "flask-wtf==1.3.0",
        ("email-validator", "flask-babel"),
        true=frozenset({("tests/conftest.py", 24)}),
    ),
    # Its autouse fixture: what FCX303's page tells its users.
    Suite(
        "pytest-flask==1.3.0",
        ("pytest-xdist",),
        true=frozenset({("pytest_flask/plugin.py", 103)}),
    ),
    Suite(
        "webargs", ("webtest", "webtest-aiohttp", "flask[async]"), ("tests/test_flaskparser.py",)
    ),
    Suite(
        "werkzeug",
        ("pytest-xprocess", "ephemeral-port-reserve", "cryptography", "watchdog"),
        ("-k", "not reloader"),
    ),
)


@dataclass(frozen=True)
class Result:
    """What came of a suite: its outcomes without and with the plugin, and the findings."""

    suite: Suite
    without: Outcomes
    with_plugin: Outcomes
    findings: Findings
    with_leaks: Findings

    @property
    def missed(self) -> list[str]:
        """Leaks that were put into the suite and not found at their lines, and what else was."""
        told = {(f["code"], f["level"], f["line"]) for f in self.with_leaks if _put_in(f["file"])}
        return sorted(f"{code} {level} line {line}" for code, level, line in told ^ marked())

    @property
    def changed(self) -> list[str]:
        """Tests whose outcome is another with the plugin."""
        before, after = kinds(self.without), kinds(self.with_plugin)
        return sorted(n for n in before.keys() | after.keys() if before.get(n) != after.get(n))

    @property
    def doubtful(self) -> list[str]:
        """Findings that nobody has yet said to be true."""
        return [
            f"{found['code']} {found['status']} {found['proxy']} {found['file']}:{found['line']}"
            for found in self.findings
            if not any(
                found["file"].endswith(file) and found["line"] == line
                for file, line in self.suite.true
            )
        ]

    def row(self) -> str:
        """One line of the table."""
        same = "same" if not self.changed else f"{len(self.changed)} differ"
        passed = sum(told == "passed" for told in self.without.values())
        numbers = f"{len(self.without):6} {passed:7}"
        leaks = f"{len(marked()) - len(self.missed)} of {len(marked())}"
        return f"{self.suite.label:20} {numbers}  {same:10} {len(self.findings):8}  {leaks}"


def _put_in(file: str) -> bool:
    return Path(file).name == PUT_INTO


def marked() -> set[tuple[str, str, int]]:
    """Return code, level and line of the leaks that are put into each suite."""
    lines = LEAKS.read_text(encoding="utf-8").splitlines()
    marks = ((re.search(r"# LEAK (FCX\d+) (\w+)$", line), n) for n, line in enumerate(lines, 1))
    return {(mark[1], mark[2], number) for mark, number in marks if mark is not None}


def unpack(python: Path, name: str, folder: Path) -> Path:
    """Fetch an sdist and unpack it; return the folder of its sources."""
    folder.mkdir(parents=True, exist_ok=True)
    if not list(folder.glob("*.tar.gz")):
        package = name.partition("=")[0]
        words = ("download", "-q", "--no-deps", "--no-binary", package, "-d", folder, name)
        run(python, "-m", "pip", "--disable-pip-version-check", *words)
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extractall(folder, filter="data")
    return folder / archive.name.removesuffix(".tar.gz")


def try_suite(suite: Suite, plugin: str, folder: Path) -> Result:
    """Set a suite up and run it twice."""
    python = make(folder / "venv")
    sources = unpack(python, suite.name, folder / "sdist")
    words = ("-m", "pip", "--disable-pip-version-check", "uninstall", "-q", "-y", "pytest-flaskctx")
    run(python, *words)
    # The timeout plugin comes with ours; it is to be there both times.
    install(python, "pytest<9", "pytest-timeout", "flask", sources, *suite.needs)
    without = run_suite(python, sources, folder, "without", *suite.options)
    install(python, plugin, "pytest<9")
    report = folder / "findings.json"
    report.unlink(missing_ok=True)
    option = f"--flaskctx-json={report}"
    with_plugin = run_suite(python, sources, folder, "with", *suite.options, option)
    found = findings(report)
    leaks = _put_into(sources)
    try:
        # A path among the options is all that would be collected.
        named = [leaks] if any((sources / word).exists() for word in suite.options) else []
        run_suite(python, sources, folder, "leaks", *suite.options, option, *map(str, named))
    finally:
        leaks.unlink()
    return Result(suite, without, with_plugin, found, findings(report))


def _put_into(sources: Path) -> Path:
    """Put the leaks beside the suite's own tests; return where."""
    folders = (sources / name for name in ("tests", "test", "."))
    place = next(folder for folder in folders if folder.is_dir()) / PUT_INTO
    shutil.copy(LEAKS, place)
    return place


def chosen(names: list[str]) -> list[Suite]:
    """Return the suites of these names; all where none is given."""
    return [suite for suite in SUITES if not names or suite.label in names]


def main() -> int:
    """Run the suites and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--folder", type=Path, help="where to keep the environments")
    parser.add_argument("--wheel", type=Path, default=ROOT, help="the plugin to install")
    parser.add_argument("names", nargs="*", help="which suites; all, unless named")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = asked.folder or Path(scratch)
        plugin = str(asked.wheel.resolve())
        results = [try_suite(each, plugin, folder / each.label) for each in chosen(asked.names)]
    print(f"{'suite':20} {'tests':>6} {'passed':>7}  {'outcomes':10} findings  leaks found")
    for result in results:
        details = [f"  differs: {name}" for name in result.changed]
        details += [f"  finding: {told}" for told in result.doubtful]
        details += [f"  missed or made up: {told}" for told in result.missed]
        print(result.row(), *details, sep="\n")
    return any(result.changed or result.doubtful or result.missed for result in results)


if __name__ == "__main__":
    sys.exit(main())
