"""The end of the run: what all tests together leaked, told and written once.

Lives where reports arrive: in the only process, or in pytest-xdist's controller.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from typing import TYPE_CHECKING

import pytest

from pytest_flaskctx.grouping import group
from pytest_flaskctx.plugin.making import FOUND, LATE, TIMELINE
from pytest_flaskctx.plugin.mishaps import Mishaps
from pytest_flaskctx.plugin.scope import Ends, Scope, coverage
from pytest_flaskctx.plugin.totals import Totals
from pytest_flaskctx.settings import Settings

if TYPE_CHECKING:
    from pytest_flaskctx.findings import Finding, JsonDict
    from pytest_flaskctx.rules.allowances import Allowance
    from pytest_flaskctx.timeline import Timeline


class Results:
    """Collects the findings that arrive with reports, and tells them at the end.

    Args:
        settings: what to tell and where to write.
        config: pytest's, for the hooks and the terminal.
        scope: which tests were left out.
    """

    def __init__(self, settings: Settings, config: pytest.Config, scope: Scope) -> None:
        self._settings = settings
        self._config = config
        self._scope = scope
        self._findings: list[Finding] = []
        self._timelines: dict[str, Timeline] = {}
        self._failed: set[str] = set()
        self._totals = Totals()
        self._notes: list[str] = []
        self._missed: list[str] = []
        self._mishaps = Mishaps()
        self.ends = Ends()

    def arrived(self, report: pytest.TestReport) -> None:
        """Take the findings off a report; make the reports of late ones."""
        carried = vars(report)
        if TIMELINE in carried:
            self._drawn(carried.pop(TIMELINE))
        if FOUND in carried:
            found = self._take(carried[FOUND])
            if report.failed and any(finding.fails for finding in found):
                self._failed.add(report.nodeid)
        for entry in carried.pop(LATE, ()):
            self.late(entry)

    def late(self, entry: JsonDict) -> None:
        """Make one more, failed report for a test that was over when its leak came."""
        findings = self._take(entry["findings"])
        failing = [finding for finding in findings if finding.fails]
        if not failing:
            return
        from pytest_flaskctx.reports.longrepr import leak_longrepr

        root, verbose = self._settings.root, self._settings.verbose
        start = self._config.invocation_params.dir
        told = self._mishaps.guard(
            "telling a late leak",
            lambda: [leak_longrepr(failing, root=root, verbose=verbose, start=start)],
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
        self._failed.add(report.nodeid)
        self._config.hook.pytest_runtest_logreport(report=report)

    def add(self, totals: Totals) -> bool:
        """Take what a process has to say when all of its tests are over.

        Returns whether something leaked while no test ran, which fails the run.
        """
        self._totals = self._totals.merged(totals)
        for entry in totals.late:
            self.late(entry)
        return any(finding.fails for finding in self._take(totals.between))

    def missing(self, worker: str) -> None:
        """Note that a process died with what it had not told."""
        self._totals = self._totals._replace(partial=True)
        self._notes.append(
            f"{worker} crashed: leaks of the test that it ran, late ones of its earlier tests "
            "and what is told once a run may be missing"
        )

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter, config: pytest.Config
    ) -> None:
        """Tell a few lines where something was found; everything with ``--flaskctx-report``."""
        lines = self._mishaps.guard("the report", lambda: self._lines(group(self._findings)))
        if broken := self._mishaps.told.get("the report"):
            lines = [f"the report failed: {broken}"]
        if not lines:
            return
        terminalreporter.section("flaskctx", sep="=")
        for line in lines:
            terminalreporter.write_line(line)

    def _lines(self, groups: list[Finding]) -> list[str]:
        notes, failing = [*self._known(groups), *self._all_notes()], len(self._failed)
        if not (groups or notes or self._settings.report):
            return []
        from pytest_flaskctx.plugin.repairing import patched
        from pytest_flaskctx.reports import summary
        from pytest_flaskctx.reports.telling import PATCHED

        if not self._settings.report:
            quiet = self._settings.verbose < -1
            return [] if quiet else summary.short(groups, failing=failing, notes=notes)
        if self._settings.verbose >= PATCHED:
            groups = patched(groups, self._settings.root)
        return summary.full(
            groups,
            self._unused(),
            notes,
            root=self._settings.root,
            handovers=self._totals.handovers,
            failing=failing,
            verbose=self._settings.verbose,
        )

    def _known(self, groups: list[Finding]) -> list[str]:
        if self._settings.baseline is None:
            return []
        from pytest_flaskctx.reports import known

        return [*known.met(groups, self._baseline), *self._missed]

    @property
    def _baseline(self) -> str:
        from pytest_flaskctx.source import shown

        return shown(str(self._settings.baseline), self._settings.root)

    # Inside the terminal's own wrapper, which prints the summary and what we note for it.
    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, object, object]:
        """Write the files when all reports are in, once."""
        result = yield
        settings = self._settings
        if settings.baseline is not None:
            self._notes += self._mishaps.guard("the baseline", lambda: self._compared(session))
        if settings.fix:
            self._notes += self._mishaps.guard("the repairs", self._repaired)
        if settings.json_path or settings.html_path or settings.sarif_path:
            self._notes += self._mishaps.guard("writing the reports", self._written)
        return result

    def _written(self) -> list[str]:
        from pytest_flaskctx.plugin import outputs

        groups, timelines = group(self._findings), tuple(self._timelines.values())
        outcome = outputs.Outcome(groups, timelines, self._totals, self._all_notes())
        return outputs.written(self._settings, outcome)

    def _repaired(self) -> list[str]:
        from pytest_flaskctx.plugin import outputs

        return outputs.repairs(self._settings, group(self._findings))

    def _compared(self, session: pytest.Session) -> list[str]:
        """Hold what was found against the baseline, and write that where it is asked for."""
        from pytest_flaskctx import baseline
        from pytest_flaskctx.plugin import outputs
        from pytest_flaskctx.reports import known

        settings = self._settings
        covered = coverage(session, self._scope, self.ends, self._totals, self._failed)
        groups = group(self._findings)
        if settings.update_baseline:
            return [outputs.updated(settings, groups, covered)]
        if covered.whole:
            seen = {baseline.site(finding) for finding in groups}
            off = [code for code, level in settings.rules if level == "off"]
            lines = baseline.gone(settings.known, seen, off)
            self._missed = known.missed(
                lines, self._baseline, cut=covered.cut, whole=settings.report
            )
        return []

    def _drawn(self, text: str) -> None:
        from pytest_flaskctx.timeline import Timeline

        timeline = Timeline.from_text(text)
        self._timelines[timeline.test] = timeline

    def _take(self, texts: Sequence[str]) -> list[Finding]:
        if not texts:
            return []
        import json

        from pytest_flaskctx.reports.jsonfile import from_json

        found = [from_json(json.loads(text), self._settings.root) for text in texts]
        self._findings += found
        return found

    def _unused(self) -> list[Allowance]:
        """Return the allowances that met nothing, as far as that can be told.

        An ini line may be for a test that did not run this time.
        """
        from pytest_flaskctx.rules.allowances import unused

        partial = self._scope.narrowed or self._totals.partial
        suites = () if partial else self._settings.allow
        return unused((*self._totals.allowances, *suites), self._totals.used)

    def _all_notes(self) -> list[str]:
        off = [
            f"the probe {name!r} switched itself off: {reason}"
            for name, reason in sorted(self._totals.disabled.items())
        ]
        mishaps = {**self._totals.mishaps, **self._mishaps.told}
        failed = [f"{step} failed: {reason}" for step, reason in sorted(mishaps.items())]
        spent = (
            ["30 s were spent waiting for tasks; later tests were not waited for"]
            if self._totals.exhausted
            else []
        )
        return [*self._notes, *off, *failed, *spent]


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
