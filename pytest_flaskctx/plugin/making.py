"""Making reports: the findings of a phase go onto its report, and travel with it.

They travel as JSON in an attribute of the report, which pytest-xdist sends along; so one process
and many take the same way. What is late for its test travels on whichever report comes next.

As text, not as lists and dicts: pytest-xdist ends the whole run at a string that is no UTF-8, and
the name of a file or of a thread may be one. JSON spells such characters out.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_flaskctx.engine import Engine
from pytest_flaskctx.plugin.drawing import drawn
from pytest_flaskctx.plugin.hooks import vetoed
from pytest_flaskctx.plugin.mishaps import Mishaps
from pytest_flaskctx.plugin.repairing import Mender
from pytest_flaskctx.plugin.state import OUTCOME

if TYPE_CHECKING:
    from pytest_flaskctx.findings import Finding, JsonDict

FOUND = "flaskctx_findings"
LATE = "flaskctx_late"
TIMELINE = "flaskctx_timeline"


def plain(findings: Iterable[Finding], root: Path) -> list[str]:
    """Return findings as what travels on reports, each a text of JSON."""
    findings = list(findings)
    if not findings:
        return []
    import json

    from pytest_flaskctx.reports.jsonfile import to_json

    return [json.dumps(to_json(finding, root)) for finding in findings]


class Making:
    """The hook that makes a phase's report; registered only while there is something to tell.

    Args:
        engine: what records and judges.
        config: for the root directory and the style of tracebacks.
        mishaps: where our own failures are noted.
        mender: makes patches.
    """

    def __init__(
        self, engine: Engine, config: pytest.Config, mishaps: Mishaps, mender: Mender
    ) -> None:
        self._mender = mender
        self._engine = engine
        self._mishaps = mishaps
        self._config = config

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Show the leak as the failure, or beside the test's own."""
        report = yield
        self._complete(item, call, report)
        return report

    def _complete(
        self, item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport
    ) -> None:
        outcome = item.stash.get(OUTCOME, None)
        if outcome is not None:
            del item.stash[OUTCOME]
            setattr(report, FOUND, plain(outcome.findings, item.config.rootpath))
            if outcome.timeline:
                setattr(report, TIMELINE, outcome.timeline)
            for told in self._mishaps.guard(
                "telling a test's leaks",
                lambda: self._told(report, outcome.findings, call, outcome.error),
            ):
                report.longrepr = told
        if self._engine.hub.overdue and (late := self.take_late()):
            setattr(report, LATE, late)

    def take_late(self) -> list[JsonDict]:
        """Return what came for tests that were judged before, as plain data."""
        root = self._config.rootpath
        return [
            {
                "nodeid": trial.recorder.subject.name,
                "location": list(trial.recorder.subject.location),
                "findings": plain((each for each in findings if not self._vetoed(each)), root),
                "timeline": drawn(trial.recorder, self._mishaps),
            }
            for trial, findings in self._mishaps.guard("judging what is late", self._engine.late)
        ]

    def _vetoed(self, finding: Finding) -> bool:
        return vetoed(self._config.hook, finding, self._mishaps)

    def _told(
        self,
        report: pytest.TestReport,
        findings: tuple[Finding, ...],
        call: pytest.CallInfo[None],
        error: BaseException | None,
    ) -> list[Any]:
        """Return what the report is to show in place of what it has; nothing to leave it."""
        from pytest_flaskctx.reports.longrepr import add_section, leak_longrepr

        failing = [finding for finding in findings if finding.fails]
        # A suite may have made another report of the failure. A skip's has a tuple there, on which
        # the terminal relies.
        if not failing or not report.longrepr or isinstance(report.longrepr, tuple):
            return []
        root, verbose = self._config.rootpath, self._engine.settings.verbose
        failing = self._mender.shown(failing, verbose)
        if call.excinfo is not None and call.excinfo.value is error:
            style = self._config.getoption("tbstyle", "auto")
            start = self._config.invocation_params.dir
            told = leak_longrepr(failing, root=root, verbose=verbose, tbstyle=style, start=start)
            return [told]
        return [add_section(report.longrepr, failing, root=root, verbose=verbose)]
