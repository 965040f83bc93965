"""The benchmark of the isolation fixture: it still measures ours, by whatever time that takes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def test_the_benchmark_of_isolation_finds_what_ours_finds() -> None:
    """One trial of every eighth app: it exits with 1 if ours missed or accused any."""
    for extension in ("asgiref", "flask_caching", "flask_login", "flask_sqlalchemy"):
        pytest.importorskip(extension)
    command = [sys.executable, "benchmarks/isolation.py", "--quick", "--tool", "flaskctx"]
    done = subprocess.run(
        [*command, "--no-growth"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "without a database  flaskctx  1.00" in done.stdout
