"""For how long a test may be waited for: debuggers and pytest-timeout have a word in it.

pytest-timeout's clock runs on while the drain waits, so the drain ends before it: a test that
passes in time must not fail because we waited for its tasks.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from typing import Protocol

    class TimeoutSettings(Protocol):
        """What pytest-timeout tells of a test's timeout; in seconds, 0 or less for none."""

        timeout: float


_MARGIN = 0.5


class Patience:
    """Knows until when the running test may be waited for.

    Args:
        limit: the suite's own bound, in seconds.
        clock: a monotonic clock, in seconds.
    """

    def __init__(self, limit: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._deadline: float | None = None

    def left(self, item: pytest.Item, *, failed: bool) -> float:
        """Return for how many seconds ``item`` may be waited for.

        Args:
            item: the test.
            failed: whether its body failed; then ``--pdb`` is about to open a prompt.
        """
        if in_debugger() or (failed and item.config.getoption("usepdb")):
            return 0.0
        if self._deadline is None:
            return self._limit
        return max(0.0, min(self._limit, self._deadline - self._clock() - _MARGIN))

    @pytest.hookimpl(tryfirst=True, optionalhook=True)
    def pytest_timeout_set_timer(self, settings: TimeoutSettings) -> None:
        """Learn when the timeout of this test will strike; others set the timer."""
        timeout = settings.timeout
        self._deadline = self._clock() + timeout if timeout and timeout > 0 else None

    @pytest.hookimpl(tryfirst=True, optionalhook=True)
    def pytest_timeout_cancel_timer(self) -> None:
        """Forget the timeout; without one, the suite's bound holds."""
        self._deadline = None


def in_debugger() -> bool:
    """Whether somebody steps through this process."""
    # Not before something is waited for: most runs do without it.
    from pytest_timeout import is_debugging

    if is_debugging():
        return True
    monitoring = getattr(sys, "monitoring", None)
    return monitoring is not None and monitoring.get_tool(monitoring.DEBUGGER_ID) is not None


def at_prompt() -> bool:
    """Whether somebody stands at the prompt of pytest's own debugger, be it in another thread."""
    timeout = sys.modules.get("pytest_timeout")
    return bool(getattr(timeout, "SUPPRESS_TIMEOUT", False))
