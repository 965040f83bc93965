"""Virtual environments for the scripts beside this file."""

from __future__ import annotations

import subprocess
import sys
import venv
from pathlib import Path


def make(folder: Path) -> Path:
    """Make a virtual environment of the interpreter that runs this; return its interpreter."""
    venv.create(folder, with_pip=True)
    return folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def run(*command: str | Path, cwd: Path | None = None) -> None:
    """Run a command; where it fails, end this program with its status."""
    done = subprocess.run(list(map(str, command)), cwd=cwd, stdin=subprocess.DEVNULL, check=False)
    if done.returncode:
        sys.exit(done.returncode)


def install(python: Path, *what: str | Path) -> None:
    """Install into the environment of that interpreter."""
    run(python, "-m", "pip", "--disable-pip-version-check", "install", "-q", *what)
