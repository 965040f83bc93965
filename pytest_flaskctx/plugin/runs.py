"""Around each phase of each test: record, drain, judge, and fail what leaked.

The error is raised inside the phase, so that reruns, ``-x`` and annotations see a test that
failed. Where the test has an error of its own, that one goes on and the findings are added to
its report when it is made.
"""

from __future__ import annotations

import unittest
from collections.abc import Generator, Iterable

import pytest

from pytest_flaskctx.assemble import Terms
from pytest_flaskctx.engine import Engine, Trial
from pytest_flaskctx.errors import ContextLeakError
from pytest_flaskctx.findings import Finding
from pytest_flaskctx.plugin import markers
from pytest_flaskctx.plugin.patience import Patience
from pytest_flaskctx.plugin.state import OUTCOME, TRIAL, Outcome
from pytest_flaskctx.recorder import marked
from pytest_flaskctx.reports.text import headline
from pytest_flaskctx.rules.allowances import Allowance

Phase = Generator[None, object, object]


class Runs:
    """The hooks around the phases of a test.

    Args:
        engine: what records and judges.
        patience: for how long a test may be waited for.

    Attributes:
        allowances: what the tests so far expect by their markers.
    """

    def __init__(self, engine: Engine, patience: Patience) -> None:
        self._engine = engine
        self._patience = patience
        self.allowances: list[Allowance] = []

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Phase:
        """Record for this test from now on."""
        allowances = tuple(markers.allowances(item))
        self.allowances += allowances
        trial = self._engine.begin(item.nodeid, Terms(markers.strict(item), allowances))
        item.stash[TRIAL] = trial
        result, error = yield from _phase()
        return self._close(item, trial, "setup", result, error)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Phase:
        """Wait for the tasks that its requests handed over, and judge."""
        trial = item.stash[TRIAL]
        self._engine.look()
        trial.recorder.test_code = getattr(getattr(item, "obj", None), "__code__", None)
        result, error = yield from _phase()
        if trial.recorder.live:
            self._engine.drain.run(trial.recorder, self._patience.left(item, failed=bool(error)))
        return self._close(item, trial, "call", result, error)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Phase:
        """Judge for the last time; what comes now is late."""
        trial = item.stash.get(TRIAL, None)
        result, error = yield from _phase()
        if trial is None:
            return _end(result, error)
        unfinished = self._engine.unfinished(trial, "teardown")
        self._engine.end(trial)
        if error is not None and _told_already(error, trial):
            error = None
        return self._close(item, trial, "teardown", result, error, unfinished)

    def _close(
        self,
        item: pytest.Item,
        trial: Trial,
        phase: str,
        result: object,
        error: BaseException | None,
        more: Iterable[Finding] = (),
    ) -> object:
        news = [*self._engine.news(trial, phase), *more]
        if not news:
            return _end(result, error)
        findings = tuple(finding for finding in news if not _vetoed(item, finding))
        leak = _leak(findings)
        if leak is None or _own(item, error):
            item.stash[OUTCOME] = Outcome(findings, None)
            return _end(result, error)
        trial.failed = True
        item.stash[OUTCOME] = Outcome(findings, leak)
        raise leak from error


def _phase() -> Generator[None, object, tuple[object, BaseException | None]]:
    """Let the phase run; return what came of it instead of raising."""
    try:
        return (yield), None
    except BaseException as error:  # re-raised by _end, or the cause of ours
        return None, error


def _end(result: object, error: BaseException | None) -> object:
    if error is not None:
        raise error
    return result


def _vetoed(item: pytest.Item, finding: Finding) -> bool:
    return False in item.ihook.pytest_flaskctx_finding(finding=finding)


def _leak(findings: Iterable[Finding]) -> ContextLeakError | None:
    failing = tuple(finding for finding in findings if finding.fails)
    if not failing:
        return None
    return ContextLeakError("\n".join(headline(finding) for finding in failing), failing)


def _own(item: pytest.Item, error: BaseException | None) -> bool:
    """Whether the test's own error stays first.

    A test that skips itself, or that is expected to fail with just this error, would hide its
    leak behind it.
    """
    if error is None:
        # A TestCase keeps its failure to itself until its report is made.
        return bool(isinstance(item, pytest.Function) and getattr(item, "_excinfo", None))
    if isinstance(error, pytest.skip.Exception | unittest.SkipTest):
        return False
    return not any(_expects(mark, error) for mark in item.iter_markers("xfail"))


def _expects(mark: pytest.Mark, error: BaseException) -> bool:
    raises = mark.kwargs.get("raises")
    return raises is not None and isinstance(error, raises)


def _told_already(error: BaseException, trial: Trial) -> bool:
    """Whether ``error`` is pytest's, for a thread that ended by a leak which was reported.

    A thread that ends during the drain comes too late for pytest to tell of it in the call phase.
    """
    group = error.exceptions if isinstance(error, BaseExceptionGroup) else (error,)
    return trial.failed and all(_is_leak(each, trial) for each in group)


def _is_leak(error: BaseException, trial: Trial) -> bool:
    if not isinstance(error, pytest.PytestUnhandledThreadExceptionWarning):
        return False
    ours = trial.recorder.sightings
    return any(sighting in ours for sighting in marked(error))
