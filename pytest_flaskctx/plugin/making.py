"""Making reports: the findings of a phase go onto its report, and travel with it.

They travel as JSON in an attribute of the report, which pytest-xdist sends along; so one process
and many take the same way. What is late for its test travels on whichever report comes next.
"""

from __future__ import annotations

from collections.abc import Generator

import pytest

from pytest_flaskctx.engine import Engine
from pytest_flaskctx.findings import Finding, JsonDict
from pytest_flaskctx.plugin.state import OUTCOME
from pytest_flaskctx.reports.jsonfile import to_json
from pytest_flaskctx.reports.longrepr import add_section, leak_longrepr

FOUND = "flaskctx_findings"
LATE = "flaskctx_late"


class Making:
    """The hook that makes a phase's report.

    Args:
        engine: what records and judges.
        config: for the root directory and the verbosity.
    """

    def __init__(self, engine: Engine, config: pytest.Config) -> None:
        self._engine = engine
        self._config = config
        self._locations: dict[str, tuple[str, int | None, str]] = {}

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Show the leak as the failure, or beside the test's own."""
        report = yield
        self._locations[item.nodeid] = item.location
        outcome = item.stash.get(OUTCOME, None)
        if outcome is not None:
            del item.stash[OUTCOME]
            setattr(
                report, FOUND, [to_json(each, item.config.rootpath) for each in outcome.findings]
            )
            self._show(report, outcome.findings, call, outcome.error)
        if self._engine.hub.waiting and (late := self.take_late()):
            setattr(report, LATE, late)
        return report

    def take_late(self) -> list[JsonDict]:
        """Return what came for tests that were judged before, as plain data."""
        root = self._config.rootpath
        return [
            {
                "nodeid": trial.recorder.test,
                "location": list(self._locations.get(trial.recorder.test, ("", None, ""))),
                "findings": [to_json(each, root) for each in findings if not self._vetoed(each)],
            }
            for trial, findings in self._engine.late()
        ]

    def _vetoed(self, finding: Finding) -> bool:
        return False in self._config.hook.pytest_flaskctx_finding(finding=finding)

    def _show(
        self,
        report: pytest.TestReport,
        findings: tuple[Finding, ...],
        call: pytest.CallInfo[None],
        error: BaseException | None,
    ) -> None:
        failing = [finding for finding in findings if finding.fails]
        if not failing:
            return
        root, verbose = self._config.rootpath, self._engine.settings.verbose
        ours = call.excinfo is not None and call.excinfo.value is error
        if ours:
            style = self._config.getoption("tbstyle", "auto")
            report.longrepr = leak_longrepr(failing, root=root, verbose=verbose, tbstyle=style)
        elif report.longrepr and not isinstance(report.longrepr, tuple):
            report.longrepr = add_section(report.longrepr, failing, root=root, verbose=verbose)
