"""The end of the run: what was found is told and written, once."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

from pytest_flaskctx.plugin.repairing import Mender
from pytest_flaskctx.plugin.results import Results
from pytest_flaskctx.plugin.scope import Ends, Scope, coverage
from pytest_flaskctx.settings import Settings, SettingsError

if TYPE_CHECKING:
    from pytest_flaskctx.findings import Finding
    from pytest_flaskctx.rules.allowances import Allowance


class Closing:
    """Tells what was found on the terminal, and writes the files.

    Args:
        results: what was found.
        settings: what to tell and where to write.
        scope: which tests were left out.
        mender: makes patches.

    Attributes:
        ends: which tests did not come to theirs, for a baseline.
    """

    def __init__(self, results: Results, settings: Settings, scope: Scope, mender: Mender) -> None:
        self._results = results
        self._settings = settings
        self._scope = scope
        self._mender = mender
        self._mishaps = results.mishaps
        self._notes: list[str] = []
        self._missed: list[str] = []
        self._troubles: list[str] = []
        self.ends = Ends()

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(
        self, terminalreporter: pytest.TerminalReporter, config: pytest.Config
    ) -> None:
        """Tell a few lines where something was found; everything with ``--flaskctx-report``."""
        lines = self._mishaps.guard("the report", lambda: self._lines(self._results.groups))
        if broken := self._mishaps.told.get("the report"):
            lines = [f"the report failed: {broken}"]
        if not lines:
            return
        terminalreporter.section("flaskctx", sep="=")
        for line in lines:
            terminalreporter.write_line(line)

    def _lines(self, groups: list[Finding]) -> list[str]:
        notes, failing = [*self._known(groups), *self._all_notes()], len(self._results.failed)
        if self._settings.baseline is not None:
            failing = 0  # who has one has adopted it
        if not (groups or notes or self._settings.report):
            return []
        from pytest_flaskctx.reports import summary

        if not self._settings.report:
            if self._settings.verbose < -1:
                # What was asked for and is not there is said however quiet the run is to be.
                return summary.short([], notes=[*self._results.lost, *self._troubles])
            return summary.short(groups, failing=failing, notes=notes)
        return summary.full(
            self._mender.shown(groups, self._settings.verbose),
            self._unused(),
            notes,
            root=self._settings.root,
            handovers=self._results.totals.handovers,
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
            self._troubles += self._mishaps.guard("writing the reports", self._written)
        return result

    def _written(self) -> list[str]:
        from pytest_flaskctx.plugin import outputs

        groups, timelines = self._results.groups, tuple(self._results.timelines.values())
        outcome = outputs.Outcome(groups, timelines, self._results.totals, self._all_notes())
        return outputs.written(self._settings, outcome, self._mender)

    def _repaired(self) -> list[str]:
        from pytest_flaskctx.plugin import outputs

        return outputs.repairs(self._settings, self._results.groups)

    def _compared(self, session: pytest.Session) -> list[str]:
        """Hold what was found against the baseline, and write that where it is asked for."""
        from pytest_flaskctx import baseline
        from pytest_flaskctx.plugin import outputs
        from pytest_flaskctx.reports import known

        settings = self._settings
        covered = coverage(
            session, self._scope, self.ends, self._results.totals, self._results.failed
        )
        groups = self._results.groups
        if settings.update_baseline:
            try:
                return [outputs.updated(settings, groups, covered)]
            except SettingsError as error:
                self._troubles.append(str(error))
        elif covered.whole:
            seen = {baseline.site(finding) for finding in groups}
            lines = baseline.gone(settings.known, seen, settings.off)
            self._missed = known.missed(
                lines, self._baseline, cut=covered.cut, whole=settings.report
            )
        return []

    def _unused(self) -> list[Allowance]:
        """Return the allowances that met nothing, as far as that can be told.

        An ini line may be for a test that did not run this time.
        """
        from pytest_flaskctx.rules.allowances import unused

        partial = self._scope.narrowed or self._results.totals.partial
        suites = () if partial else self._settings.allow
        return unused((*self._results.totals.allowances, *suites), self._results.totals.used)

    def _all_notes(self) -> list[str]:
        off = [
            f"the probe {name!r} switched itself off: {reason}"
            for name, reason in sorted(self._results.totals.disabled.items())
        ]
        told = (self._results.totals.mishaps, self._mishaps.told, self._mender.mishaps.told)
        mishaps = {step: reason for each in told for step, reason in each.items()}
        failed = [f"{step} failed: {reason}" for step, reason in sorted(mishaps.items())]
        spent = (
            ["30 s were spent waiting for tasks; later tests were not waited for"]
            if self._results.totals.exhausted
            else []
        )
        return [*self._results.lost, *self._notes, *self._troubles, *off, *failed, *spent]
