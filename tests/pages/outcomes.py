"""A pytest plugin that writes down how a page's run went: one JSON line for a test or a finding.

It lies in a folder of its own, which a page's run has on its path and nothing else of these tests.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """A test, in each of its phases; an xdist controller hears of it as well as the worker."""
    _write(test=_last(report.nodeid), outcome=report.outcome)


@pytest.hookimpl(optionalhook=True)
def pytest_flaskctx_finding(finding: Any) -> None:
    """A leak site, where the test is judged."""
    tests = sorted(map(_last, finding.tests))
    _write(
        code=finding.code, place=f"{finding.file}:{finding.line}", tests=tests, fails=finding.fails
    )


def _last(test: str) -> str:
    """Return the name of the function: pages have each name once in a file."""
    return test.partition("[")[0].rpartition("::")[2]


def _write(**told: object) -> None:
    with Path(os.environ["PAGE_OUTCOMES"]).open("a", encoding="utf-8") as file:
        file.write(json.dumps(told) + "\n")
