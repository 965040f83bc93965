"""The whole matrix: `nox` runs everything for the interpreters that are present.

Sessions: `tests` (Python x Flask x pytest), `lint`, `types`, `docs`, `wheel`, `world`.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import nox

PYTHONS = ["3.11", "3.12", "3.13", "3.14", "3.15"]
FLASKS = ["2.3", "3.0", "3.1"]
# The oldest that is promised, and the newest of both.
PYTESTS = ["8.0", "8", "9"]

nox.options.error_on_missing_interpreters = False

# nox takes the first `python3.X` on the PATH, which may be a shim that does not run: put those that
# were tried in front.
_found = subprocess.run(
    [sys.executable, str(Path(__file__).parent / ".ci" / "pythons.py")],
    capture_output=True,
    text=True,
    check=True,
).stdout.split()
os.environ["PATH"] = os.pathsep.join([*(str(Path(p).parent) for p in _found), os.environ["PATH"]])


@nox.session(python=PYTHONS)
@nox.parametrize("pytest", PYTESTS)
@nox.parametrize("flask", FLASKS)
def tests(session: nox.Session, flask: str, pytest: str) -> None:
    """The test suite."""
    pins = [f"flask=={flask}.*", f"pytest=={pytest}.*"]
    if flask == "2.3":
        # The Flask-Security that goes with it imports pkg_resources.
        pins.append("setuptools<81")
    session.install(".[test]", *pins)
    session.run("python", "-m", "pytest", *(session.posargs or ["-q", "-n", "2"]))


@nox.session
def lint(session: nox.Session) -> None:
    """Rules and format."""
    session.install("ruff")
    session.run("ruff", "check")
    session.run("ruff", "format", "--check")


@nox.session
def types(session: nox.Session) -> None:
    """The package, and a program that uses it, under mypy's strict mode."""
    session.install(".[dev]")
    session.run("mypy")


@nox.session
def docs(session: nox.Session) -> None:
    """The documentation's site, built without a warning."""
    session.install(".[docs]")
    options = ["-W", "--keep-going", "-n", "-b", "html"]
    session.run("python", "-m", "sphinx", *options, "docs", *(session.posargs or ["site"]))


@nox.session
def wheel(session: nox.Session) -> None:
    """The built wheel, tried without the source folder."""
    session.run("python", ".ci/wheel.py", session.create_tmp())


@nox.session
def world(session: nox.Session) -> None:
    """Flask's own suite with and without the plugin, and with ten leaks put into it."""
    session.run("python", ".ci/flask_suite.py")
