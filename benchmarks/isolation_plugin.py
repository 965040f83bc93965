"""A pytest plugin that records tests as trials, for tools that have no result of their own."""

from __future__ import annotations

import isolation_apps as apps
import pytest
from isolation_apps import Trial


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call":
        apps.record(_trial(report))
    elif report.failed:
        apps.record(Trial("none", told=report.longreprtext.splitlines()[-1]))


def _trial(report: pytest.TestReport) -> Trial:
    seconds, threads = report.duration, dict(report.user_properties).get("threads", 0)
    if report.failed:
        return Trial("bled", seconds, seconds, 1)
    if report.skipped or threads < 2:
        return Trial("none", None, seconds, told=report.longreprtext or "run in one thread")
    return Trial("clean", None, seconds, 1)
