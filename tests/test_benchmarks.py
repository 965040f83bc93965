"""The benchmarks still measure what they say, by whatever time that takes."""

from __future__ import annotations

import re
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


def test_very_many_leaks_are_counted_and_told_once() -> None:
    """10,000 leaking tasks, and 100,000 accesses of one site: one finding each, in few lines."""
    command = [sys.executable, "benchmarks/scale.py"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = [re.split(r"\s{2,}", line) for line in done.stdout.splitlines()[1:]]
    told = [int(row[4]) for row in rows]
    assert len(told) == 6
    assert max(told) < 100
