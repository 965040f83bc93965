"""For how long a test may be waited for."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field

import pytest
import pytest_timeout

from pytest_flaskctx.board import board
from pytest_flaskctx.plugin.patience import Patience, in_debugger
from pytest_flaskctx.plugin.timeouts import running

LIMIT = 5.0


@dataclass
class Config:
    """As much of pytest's as is asked."""

    usepdb: bool = False

    def getoption(self, name: str) -> bool:
        assert name == "usepdb"
        return self.usepdb


@dataclass
class Item:
    config: Config = field(default_factory=Config)


@dataclass
class Timeout:
    timeout: float | None


def left(timeout: float | None, now: float, *, usepdb: bool = False, failed: bool = False) -> float:
    """Return what is left of a timeout set at 100 s, at ``now``."""
    times = iter([100.0, now])
    known = Patience(LIMIT, clock=lambda: next(times, now))
    known.pytest_timeout_set_timer(settings=Timeout(timeout))
    return known.left(Item(Config(usepdb)), failed=failed)


@pytest.mark.parametrize(
    ("timeout", "now", "seconds"),
    [(None, 100, LIMIT), (0, 100, LIMIT), (60, 101, LIMIT), (4, 101, 2.5), (1, 103, 0.0)],
)
def test_the_drain_ends_before_the_timeout(timeout, now, seconds) -> None:
    """Half a second before it, at most the suite's own bound, and never less than nothing."""
    assert left(timeout, now) == seconds


@pytest.mark.parametrize(
    ("usepdb", "failed", "seconds"), [(True, True, 0.0), (True, False, LIMIT), (False, True, LIMIT)]
)
def test_nothing_waits_before_a_prompt(usepdb, failed, seconds) -> None:
    """After a failure with --pdb the prompt comes at once."""
    assert left(None, 100, usepdb=usepdb, failed=failed) == seconds


def test_a_timeout_that_was_called_off_is_forgotten() -> None:
    """With func_only the clock stops before the drain begins."""
    known = Patience(LIMIT, clock=lambda: 100.0)
    known.pytest_timeout_set_timer(settings=Timeout(1))
    known.pytest_timeout_cancel_timer()
    assert known.left(Item(), failed=False) == LIMIT


def test_nothing_waits_in_a_debugger(monkeypatch) -> None:
    """Whoever steps through a test is not kept waiting by its tasks."""
    monkeypatch.setattr(pytest_timeout, "is_debugging", lambda: True)
    assert in_debugger()
    assert left(None, 100) == 0.0


@pytest.mark.skipif(sys.version_info < (3, 12), reason="sys.monitoring came in 3.12")
def test_a_debugger_that_monitors_is_one() -> None:
    """Since 3.12 a debugger need not trace."""
    tool = sys.monitoring.DEBUGGER_ID
    before = in_debugger()
    sys.monitoring.use_tool_id(tool, "stepper")
    try:
        assert (before, in_debugger()) == (False, True)
    finally:
        sys.monitoring.free_tool_id(tool)


def test_between_runs_no_task_is_running(monkeypatch) -> None:
    """Without a recorder there is nothing to tell of a timeout."""
    monkeypatch.setattr(board, "current", None)
    assert list(running()) == []
