"""Around each phase of each test: record, drain, judge, and fail what leaked.

The error is raised inside the phase, so that reruns, ``-x`` and annotations see a test that
failed. Where the test has an error of its own, that one goes on and the findings are added to
its report when it is made.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from typing import TYPE_CHECKING

import pytest

from pytest_flaskctx.engine import Engine
from pytest_flaskctx.errors import ContextBleedError, ContextLeakError
from pytest_flaskctx.plugin.drawing import drawn
from pytest_flaskctx.plugin.hooks import vetoed
from pytest_flaskctx.plugin.mishaps import Mishaps
from pytest_flaskctx.plugin.ondemand import OnDemand
from pytest_flaskctx.plugin.patience import Patience
from pytest_flaskctx.plugin.state import OUTCOME, Outcome
from pytest_flaskctx.plugin.subjects import ItemSubject
from pytest_flaskctx.trial import Trial

if TYPE_CHECKING:
    from pytest_flaskctx.findings import Finding
    from pytest_flaskctx.rules.allowances import Allowance

Phase = Generator[None, object, object]


class Runs:
    """The hooks around the phases of a test.

    Args:
        engine: what records and judges.
        patience: for how long a test may be waited for.
        mishaps: where our own failures are noted.
        telling: takes part in the reports; started when there is something for one to tell.

    A phase is judged if something was observed or settled in its test, or came late for one before
    it; that is asked in each hook itself, thousands of times where the answer is no.

    Attributes:
        trials: by ``id()`` of its item, each test that runs, up to its teardown.
        marked: ``id()`` of the items that have a marker of ours.
        allowances: what the tests so far expect by their markers.
    """

    def __init__(
        self, engine: Engine, patience: Patience, mishaps: Mishaps, telling: OnDemand
    ) -> None:
        self._engine = engine
        self._mishaps = mishaps
        self._patience = patience
        self._telling = telling
        self._overdue = engine.hub.overdue
        self.trials: dict[int, Trial] = {}
        self.marked: frozenset[int] = frozenset()
        self.allowances: tuple[Allowance, ...] = ()

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> Phase:
        """Record for this test from now on."""
        __tracebackhide__ = True
        # All reports of the test before are made and have arrived.
        if self._telling.active:
            self._telling.stop()
        subject = ItemSubject(item)
        trial = self.trials[id(item)] = self._engine.begin(subject, subject.terms)
        if id(item) in self.marked:
            self.allowances += subject.terms().allowances
        try:
            result = yield
        except BaseException as error:
            trial.recorder.failed = True
            return self._close(item, trial, "setup", None, error)
        if trial.recorder.seen or trial.settled or self._overdue:
            return self._close(item, trial, "setup", result, None)
        return result

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Phase:
        """Wait for the tasks that its requests handed over, and judge."""
        __tracebackhide__ = True
        trial = self.trials[id(item)]
        self._engine.look()
        try:
            result = yield
        except BaseException as error:
            trial.recorder.failed = True
            self._wait(item, trial, error)
            return self._close(item, trial, "call", None, error, _bled(error))
        recorder = trial.recorder
        # A TestCase keeps its error until the report is made.
        bled: tuple[Finding, ...] = ()
        kept = getattr(item, "_excinfo", None)
        if kept:
            recorder.failed = True
            bled = _bled(kept[0].value)
        if recorder.live or recorder.checks:
            self._wait(item, trial, None)
        if recorder.seen or trial.settled or bled or self._overdue:
            return self._close(item, trial, "call", result, None, bled)
        return result

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Phase:
        """Judge for the last time; what comes now is late."""
        __tracebackhide__ = True
        result, error = None, None
        try:
            result = yield
        except BaseException as raised:
            error = raised
        # Thousands of these would be kept, and visited by each garbage collection.
        trial = self.trials.pop(id(item), None)
        if trial is None:
            return _end(result, error)
        recorder = trial.recorder
        recorder.failed |= error is not None
        # What teardown itself handed over; what the call did was waited for, and only looked at.
        if recorder.live or recorder.checks:
            self._wait(item, trial, error)
        unfinished = self._unfinished(trial) if recorder.unfinished else ()
        self._engine.end(trial)
        news = recorder.seen or trial.settled or self._overdue
        if error is None and not unfinished and not news:
            return result
        # A thread that ends during the drain comes too late for pytest to tell of it in the call.
        if error is not None and trial.told:
            from pytest_flaskctx.plugin.ownerrors import is_leak

            error = None if is_leak(error, recorder) else error
        return self._close(item, trial, "teardown", result, error, unfinished)

    def _wait(self, item: pytest.Item, trial: Trial, error: BaseException | None) -> None:
        if not _interrupted(error):
            left = self._patience.left(item, failed=bool(error))
            self._mishaps.guard("waiting for tasks", lambda: self._engine.wait(trial, left))

    def _unfinished(self, trial: Trial) -> list[Finding]:
        return self._judged(lambda: self._engine.unfinished(trial, "teardown"))

    def _not_vetoed(self, item: pytest.Item, findings: list[Finding]) -> tuple[Finding, ...]:
        return tuple(each for each in findings if not vetoed(item.ihook, each, self._mishaps))

    def _judged(self, judge: Callable[[], list[Finding]]) -> list[Finding]:
        return self._mishaps.guard("judging a test", judge)

    def _close(
        self,
        item: pytest.Item,
        trial: Trial,
        phase: str,
        result: object,
        error: BaseException | None,
        more: Sequence[Finding] = (),
    ) -> object:
        __tracebackhide__ = True
        if self._overdue:
            self._telling.start()
        if not (trial.recorder.seen or trial.settled or more) or _interrupted(error):
            return _end(result, error)
        # Here, since most runs have nothing to judge.
        from pytest_flaskctx.plugin import ownerrors

        own = error or ownerrors.kept_error(item)
        ownerrors.note_expected(item, own)
        news = [*self._judged(lambda: self._engine.news(trial, phase)), *more]
        if not news:
            return _end(result, error)
        self._telling.start()
        findings = self._not_vetoed(item, news)
        leak = own if isinstance(own, ContextBleedError) else _leak(findings)
        trial.told |= leak is not None and ownerrors.xfail_of(item) is None
        timeline = drawn(trial.recorder, self._mishaps)
        if leak is None or ownerrors.stays_first(item, own, trial.recorder):
            item.stash[OUTCOME] = Outcome(findings, None, timeline)
            return _end(result, error)
        ownerrors.drop_kept(item)
        item.stash[OUTCOME] = Outcome(findings, leak, timeline)
        if leak is own:
            raise leak
        raise leak from own


def _end(result: object, error: BaseException | None) -> object:
    __tracebackhide__ = True  # an error of the user's passes through, and stays theirs alone
    if error is not None:
        raise error
    return result


def _interrupted(error: BaseException | None) -> bool:
    """Whether the run is to end here, by Ctrl-C or ``pytest.exit``: nothing is waited for."""
    return error is not None and isinstance(
        error, KeyboardInterrupt | SystemExit | pytest.exit.Exception
    )


def _bled(error: BaseException) -> tuple[Finding, ...]:
    """Return what the isolation fixture found, where its error reached the end of the test."""
    return error.findings if isinstance(error, ContextBleedError) else ()


def _leak(findings: Iterable[Finding]) -> ContextLeakError | None:
    failing = tuple(finding for finding in findings if finding.fails)
    if not failing:
        return None
    from pytest_flaskctx.reports.text import headline

    return ContextLeakError("\n".join(headline(finding) for finding in failing), failing)
