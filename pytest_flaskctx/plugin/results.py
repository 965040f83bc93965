"""What all tests together leaked, as it arrives with their reports.

Lives where reports do: in the only process, or in pytest-xdist's controller.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pytest

from pytest_flaskctx.grouping import group
from pytest_flaskctx.plugin.making import FOUND, LATE, TIMELINE
from pytest_flaskctx.plugin.mishaps import Mishaps
from pytest_flaskctx.plugin.repairing import Mender
from pytest_flaskctx.plugin.totals import Totals
from pytest_flaskctx.settings import Settings

if TYPE_CHECKING:
    from pytest_flaskctx.findings import Finding, JsonDict
    from pytest_flaskctx.timeline import Timeline


class Results:
    """Collects the findings that arrive with reports.

    Args:
        settings: how to tell of late ones.
        config: pytest's, for its hooks.
        mender: makes their patches.

    Attributes:
        timelines: of which tests there is a picture, by id.
        failed: ids of the tests that failed by a leak.
        totals: what the processes say that are done.
        lost: what is to be said of those that will never be.
        mishaps: our own failures in this process.
    """

    def __init__(self, settings: Settings, config: pytest.Config, mender: Mender) -> None:
        self._settings = settings
        self._config = config
        self._mender = mender
        self._findings: list[Finding] = []
        self.timelines: dict[str, Timeline] = {}
        self.failed: set[str] = set()
        self.totals = Totals()
        self.lost: list[str] = []
        self.mishaps = Mishaps()

    @property
    def groups(self) -> list[Finding]:
        """All findings so far, one a leak site, the most certain first."""
        return group(self._findings)

    def arrived(self, report: pytest.TestReport) -> None:
        """Take the findings off a report; make the reports of late ones."""
        carried = vars(report)
        if TIMELINE in carried:
            self._drawn(carried.pop(TIMELINE))
        if FOUND in carried:
            found = self._take(carried[FOUND])
            if report.failed and any(finding.fails for finding in found):
                self.failed.add(report.nodeid)
        for entry in carried.pop(LATE, ()):
            self.late(entry)

    def late(self, entry: JsonDict) -> None:
        """Make one more, failed report for a test that was over when its leak came."""
        if entry["timeline"]:
            self._drawn(entry["timeline"])
        findings = self._take(entry["findings"])
        failing = [finding for finding in findings if finding.fails]
        if not failing:
            return
        from pytest_flaskctx.reports.longrepr import leak_longrepr

        root, verbose = self._settings.root, self._settings.verbose
        start = self._config.invocation_params.dir
        told = self.mishaps.guard(
            "telling a late leak",
            lambda: [
                leak_longrepr(
                    self._mender.shown(failing, verbose), root=root, verbose=verbose, start=start
                )
            ],
        )
        path, line, domain = entry["location"]
        report = pytest.TestReport(
            nodeid=entry["nodeid"],
            location=(path, line, domain),
            keywords={},
            outcome="failed",
            longrepr=told[0] if told else failing[0].message,
            when="call",
        )
        self.failed.add(report.nodeid)
        self._config.hook.pytest_runtest_logreport(report=report)

    def add(self, totals: Totals) -> bool:
        """Take what a process has to say when all of its tests are over.

        Returns whether something leaked while no test ran, which fails the run.
        """
        self.totals = self.totals.merged(totals)
        for entry in totals.late:
            self.late(entry)
        return any(finding.fails for finding in self._take(totals.between))

    def missing(self, worker: str) -> None:
        """Note that a process died with what it had not told."""
        self.totals = self.totals._replace(partial=True)
        self.lost.append(
            f"{worker} crashed: leaks of the test that it ran, late ones of its earlier tests "
            "and what is told once a run may be missing"
        )

    def _drawn(self, text: str) -> None:
        from pytest_flaskctx.timeline import Timeline

        timeline = Timeline.from_text(text)
        self.timelines[timeline.test] = timeline

    def _take(self, texts: Sequence[str]) -> list[Finding]:
        if not texts:
            return []
        import json

        from pytest_flaskctx.reports.jsonfile import from_json

        found = [from_json(json.loads(text), self._settings.root) for text in texts]
        self._findings += found
        return found


class Arrivals:
    """The hook at which reports arrive; registered when one may have something to tell.

    Args:
        results: where it is told.
    """

    def __init__(self, results: Results) -> None:
        self._results = results

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take what the report tells."""
        self._results.arrived(report)
