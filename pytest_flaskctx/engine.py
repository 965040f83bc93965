"""Probes, recorders and rules between start and stop; works without pytest.

The probes are the process's, the recorders each monitor's own.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_flaskctx.board import board
from pytest_flaskctx.contexts import known_requests, requests_of
from pytest_flaskctx.grouping import group
from pytest_flaskctx.hub import Hub
from pytest_flaskctx.installation import Installation, install, release
from pytest_flaskctx.recorder import Recorder
from pytest_flaskctx.settings import Settings
from pytest_flaskctx.stacks import RawStack, StackRenderer
from pytest_flaskctx.tasks import Task
from pytest_flaskctx.threadstate import here
from pytest_flaskctx.trial import Terms, Trial
from pytest_flaskctx.workloads import Subject

if TYPE_CHECKING:
    from pytest_flaskctx.assemble import Assembler
    from pytest_flaskctx.drain import Drain
    from pytest_flaskctx.facts import Frame, IncidentKind, Stack
    from pytest_flaskctx.findings import Finding
    from pytest_flaskctx.ownership import Ownership
    from pytest_flaskctx.retained import Retained
    from pytest_flaskctx.rules.base import RuleLevel
    from pytest_flaskctx.stacks import Place


class Engine:
    """One monitor's machinery.

    Args:
        settings: what to judge by.

    Attributes:
        idle: where is recorded what happens between tests.
        handovers, observed: how many tasks and accesses the tests so far recorded.
        tests: how many tests those were.
        waiting: told of the tasks that are waited for, and for how many seconds more at most, where
            that takes longer than a moment.
    """

    waiting: Callable[[list[Task], float], object] = staticmethod(lambda left, seconds: None)

    def __init__(self, settings: Settings) -> None:
        self.hub = Hub(self._render, self._framed)
        self.configure(settings)
        self.idle = Trial(Recorder(Subject(), self.hub))
        self.hub.run_for = self._run_for
        self.handovers = 0
        self.observed = 0
        self.tests = 0
        self._trials: dict[Recorder, Trial] = {self.idle.recorder: self.idle}
        self._held: list[Installation] = []
        self._unreleased: list[Recorder] = []
        self._before: tuple[Recorder | None, int] = (None, 0)

    def configure(self, settings: Settings) -> None:
        """Judge by ``settings`` from now on; the root directory stays."""
        self.settings = settings
        for made in ("drain", "_assembler"):
            vars(self).pop(made, None)

    # What only leaks and hand-overs need is made with the first of them: no other run pays for
    # importing it.
    @cached_property
    def drain(self) -> Drain:
        """Waits for tasks, and remembers what is not worth waiting for."""
        from pytest_flaskctx.drain import Drain

        return Drain(
            self.settings.drain_timeout,
            fast=self.settings.drain == "fast",
            wanted=lambda task: _wanted(task, self._ownership),
            users=lambda file: self._ownership.classify(file) == "user",
            tell=self.waiting,
        )

    @cached_property
    def _assembler(self) -> Assembler:
        from pytest_flaskctx.assemble import Assembler

        return Assembler(self.settings, self._ownership, self.hub)

    @cached_property
    def _retained(self) -> Retained:
        from pytest_flaskctx.retained import Retained

        return Retained(
            lambda file: self._ownership.classify(file) == "user",
            wanted=lambda: not self.settings.switched_off("FCX304"),
        )

    @property
    def ownership(self) -> Ownership:
        """Tells whose code a file is, seen from the root directory."""
        return self._ownership

    @cached_property
    def _ownership(self) -> Ownership:
        from pytest_flaskctx.ownership import Ownership

        ownership = Ownership(self.settings.root)
        _declare_flask(ownership)
        return ownership

    @cached_property
    def _renderer(self) -> StackRenderer:
        return StackRenderer(self._ownership.classify)

    def _render(self, raw: RawStack) -> Stack:
        return self._renderer(raw)

    def _framed(self, place: Place) -> Frame:
        return self._renderer.framed(place)

    def _run_for(self, kind: IncidentKind) -> Recorder | None:
        """Return where incidents of this kind are booked that are told once a run."""
        from pytest_flaskctx.rules.incidents import NOTES

        noted = self.settings.level(NOTES[kind]) in ("note", "off")
        return self.idle.recorder if noted else None

    @property
    def used(self) -> set[str]:
        """Keys of the allowances that met a finding."""
        return self._assembler.used if "_assembler" in vars(self) else set()

    @property
    def exhausted(self) -> bool:
        """Whether all the time for waiting is spent."""
        return "drain" in vars(self) and self.drain.exhausted

    @property
    def disabled(self) -> dict[str, str]:
        """Probes that had to switch themselves off, with the reason."""
        found = {name: why for each in self._held for name, why in each.switches.disabled.items()}
        if "_retained" in vars(self) and self._retained.off:
            found["retained requests"] = self._retained.off
        return found

    def start(self) -> None:
        """Install the probes and record from now on."""
        self._before = board.current, board.test_thread
        board.home = os.getpid()
        self._held = install(self.settings)
        _running.append(self)
        self.resume(self.idle)

    def stop(self) -> None:
        """Put everything back; what was recorded stays readable."""
        if self in _running:
            self.collect()
            release(self._held)
            self._held = []
            self._step_aside()

    def _step_aside(self) -> None:
        """Let those record who did before; if somebody began since, when they end."""
        place = _running.index(self)
        _running.remove(self)
        if place < len(_running):
            _running[place]._before = self._before
        else:
            board.current, board.test_thread = self._before

    def look(self) -> None:
        """Attach to what appeared without an import of its own."""
        for installation in self._held:
            installation.watch.look_again()

    def begin(self, subject: Subject, terms: Callable[[], Terms] = Terms) -> Trial:
        """Record for ``subject`` from now on, in the calling thread."""
        if self._unreleased:
            self.release()
        trial = Trial(Recorder(subject, self.hub), terms)
        if self.settings.pictures:
            self._draw(trial.recorder)
        board.turn += 1
        if board.children is not None:
            board.children.begin(trial.recorder)
        self.resume(trial)
        return trial

    def _draw(self, recorder: Recorder) -> None:
        from pytest_flaskctx.chronicle import Chronicle

        recorder.chronicle = Chronicle()

    def collect(self) -> None:
        """Book what child processes have seen by now."""
        if board.children is not None:
            board.children.collect()

    def resume(self, trial: Trial) -> None:
        """Record for ``trial`` from now on, with the calling thread as that of the tests."""
        board.current = trial.recorder
        board.test_thread = here().token
        # A child that runs tests itself is nobody's child here.
        board.child = None
        board.process = os.getpid()

    def end(self, trial: Trial) -> None:
        """Record for ``trial`` no longer; what comes for it from now on is late."""
        recorder = trial.recorder
        if recorder.checks:
            recorder.look("drained")
            recorder.look("over")
        if known_requests:
            self._left_requests(trial)
        recorder.closed = True
        self.tests += 1
        board.current = self.idle.recorder
        if recorder.checks:
            self._unreleased.append(recorder)
        if recorder.handovers or recorder.observed or recorder.seen or recorder.checks:
            self.handovers += recorder.handovers
            self.observed += recorder.observed
            if recorder.live or recorder.seen or recorder.checks:
                # Only such a test can have something late.
                self._trials[recorder] = trial

    def over(self, recorder: Recorder) -> None:
        """Look at what is there when a block, or all, is over, and should not be."""
        if recorder.checks:
            recorder.look("over")
        left = requests_of(recorder)
        if left:
            self._retained.look(recorder, left)

    def _left_requests(self, trial: Trial) -> None:
        """Look at the requests of a test that are still there, at once where it may fail by them."""
        left = requests_of(trial.recorder)
        if not left:
            return
        level = dict(self.settings.rules).get("FCX304", "strict")
        strict = self.settings.mode == "strict" or trial.terms().strict
        if level == "fail" or (level == "strict" and strict):
            self._retained.look(trial.recorder, left)
        else:
            self._retained.look_later(trial, left)

    def _look_at_left(self) -> None:
        """Look at the requests of tests that are long over."""
        for trial, left in self._retained.still_there():
            self._trials[trial.recorder] = trial
            self._retained.look(trial.recorder, left)

    def release(self) -> None:
        """Look once more at what tests before left behind, now that nothing of them is kept."""
        unreleased, self._unreleased = self._unreleased, []
        for recorder in unreleased:
            recorder.look("released")

    def wait(self, trial: Trial, timeout: float | None = None) -> list[Task]:
        """Wait for the tasks that requests of ``trial`` handed over since the last time.

        Returns those that the drain gave up, now or before.

        Args:
            trial: the test.
            timeout: the bound for this once, in seconds.
        """
        live = list(trial.recorder.live)
        if live:
            self.drain.run(trial.recorder, timeout, after=trial.drained)
            trial.drained = max(live)
        if trial.recorder.checks:
            trial.recorder.look("drained")
        return [task for task, _ in trial.recorder.unfinished]

    def findings(self, trial: Trial, phase: str) -> list[Finding]:
        """Return all findings of ``trial`` up to now, one a leak site."""
        self.collect()
        accesses = self._assembler.accesses(trial.recorder, trial.terms(), phase)
        return group([*trial.settled, *accesses])

    def news(self, trial: Trial, phase: str) -> list[Finding]:
        """Return those findings of ``trial`` that were not told before."""
        self.collect()
        if not trial.recorder.seen and not trial.settled:
            return []
        state = (trial.recorder.state(), len(trial.settled))
        if state == trial.judged:
            return []
        trial.judged = state
        return _untold(trial, self.findings(trial, phase))

    def trial_now(self, otherwise: Trial) -> Trial:
        """Return the test, or the block of one, that is recorded now."""
        return self._trials.get(board.current, otherwise) if board.current else otherwise

    def settled(self, finding: Finding, case: RuleLevel, trial: Trial) -> Finding | None:
        """Return a finding that was made elsewhere as it counts in ``trial``, if it does.

        Args:
            finding: the finding.
            case: where it fails, unless the suite moved its rule.
            trial: the test.
        """
        return self._assembler.settled(finding, case, trial.terms())

    def unfinished(self, trial: Trial, phase: str) -> list[Finding]:
        """Return a finding for each task that the drain gave up and that stands there still."""
        if not trial.recorder.unfinished:
            return []
        left = [(task, raw) for task, raw in trial.recorder.unfinished if _still(task, raw)]
        return _untold(trial, group(self._assembler.unfinished(left, trial.terms(), phase)))

    def between(self) -> list[Finding]:
        """Return what was seen between tests, when all are over."""
        self.idle.recorder.look("drained")
        if "_retained" in vars(self):
            self._look_at_left()
        self.idle.recorder.between_tests = True
        self.over(self.idle.recorder)
        return self.news(self.idle, "late")

    def late(self) -> list[tuple[Trial, list[Finding]]]:
        """Return what was seen for tests that had been judged, since the last call."""
        self.collect()
        trials = [self._trials[each] for each in self.hub.take_late() if each in self._trials]
        news = [(trial, self.news(trial, "late")) for trial in trials]
        return [(trial, findings) for trial, findings in news if findings]

    @contextmanager
    def apart(self, trial: Trial, terms: Callable[[], Terms]) -> Iterator[Trial]:
        """Record the block apart from the rest of ``trial``, which goes on after it."""
        self.collect()
        part = Trial(Recorder(trial.recorder.subject, self.hub), terms)
        part.recorder.whole = trial.recorder
        part.recorder.chronicle = trial.recorder.chronicle
        self._trials[part.recorder] = part
        board.current = part.recorder
        try:
            yield part
        finally:
            self.wait(part)
            self.collect()
            self.over(part.recorder)
            part.recorder.closed = True
            board.current = trial.recorder
            trial.recorder.handovers += part.recorder.handovers
            trial.recorder.observed += part.recorder.observed


_running: list[Engine] = []


def _untold(trial: Trial, findings: list[Finding]) -> list[Finding]:
    news = []
    for finding in findings:
        handed = finding.handover.site.line if finding.handover and finding.handover.site else 0
        place = f"{finding.line} {handed}"
        key = f"{finding.code} {finding.fingerprint} {finding.status} {finding.level} {place}"
        if key not in trial.reported:
            news.append(finding)
        trial.reported |= {key}
    return news


def _still(task: Task, raw: tuple[object, ...]) -> bool:
    """Whether a task stands where the drain left it; one that moved was released since."""
    from pytest_flaskctx.drain import stack_of

    return not task.over() and stack_of(task) == raw


def _wanted(task: Task, ownership: Ownership) -> bool:
    """Whether a task is the user's: their line handed it over, or their function runs in it."""
    if any(ownership.classify(file) == "user" for file in task.targets):
        return True
    kinds = (ownership.classify(code.co_filename) for code, _ in task.raw)
    acting = next((kind for kind in kinds if kind in ("user", "library")), "user")
    return acting == "user"


def _declare_flask(ownership: Ownership) -> None:
    """Tell where Flask and Werkzeug are, be it a source tree, without importing them."""
    for name in ("flask", "werkzeug"):
        try:
            spec = importlib.util.find_spec(name)
        except ValueError:  # somebody's stand-in is in its place
            spec = None
        if spec is not None and spec.origin is not None:
            kind = "flask" if name == "flask" else "werkzeug"
            ownership.add_package(os.path.dirname(os.path.abspath(spec.origin)), kind)  # type: ignore[arg-type]
