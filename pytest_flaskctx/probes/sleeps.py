"""``flaskctx_drain = fast``: sleeping tasks are let go early while only the drain waits.

``time.sleep`` in a tracked task becomes a wait that the drain can end, at most three times a
task, so that a loop which sleeps is not turned into one that spins. Installed only when the
suite asks for it, and never where ``time.sleep`` is already somebody's stand-in.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from types import BuiltinFunctionType, ModuleType

from pytest_flaskctx.probes.base import Probe
from pytest_flaskctx.threadstate import here

_AT_MOST = 3


class Sleeps(Probe):
    """``time.sleep``, under every name by which a module of the user's knows it."""

    name = "sleeps"

    def install(self) -> None:
        """Replace ``time.sleep`` and the copies that modules took of it."""
        self._scanned: dict[str, ModuleType] = {}
        self._original = time.sleep
        self._sleep = self._stand_in(time.sleep)
        if isinstance(time.sleep, BuiltinFunctionType):
            self.patches.replace(time, "sleep", self._sleep)
            self.refresh()

    def refresh(self) -> None:
        """Replace the copies in modules that were imported since the last time."""
        if time.sleep is not self._sleep:
            return
        for name, module in list(sys.modules.items()):
            if self._scanned.get(name) is not module and isinstance(module, ModuleType):
                self._scanned[name] = module
                self._replace_in(module)

    def _replace_in(self, module: ModuleType) -> None:
        own = module.__name__.startswith(__name__.partition(".")[0])
        for name, value in () if own else list(vars(module).items()):
            if value is self._original:
                self.patches.replace(module, name, self._sleep)

    def _stand_in(self, original: Callable[[float], None]) -> Callable[[float], None]:
        def sleep(seconds: float, /) -> None:
            task = here().task
            tracked = task is not None and task.request is not None and task.early < _AT_MOST
            if not self.live or not tracked or task is None or not _positive(seconds):
                return original(seconds)
            if task.recorder.hurry.wait(seconds):
                task.early += 1
            return None

        return sleep


def _positive(seconds: object) -> bool:
    """Whether this is a time to wait; what is none gets the original's error."""
    return isinstance(seconds, int | float) and 0 < seconds < threading.TIMEOUT_MAX


def let_timer_go(ident: int) -> None:
    """Let the timer that waits in the thread ``ident`` begin now."""
    for thread in threading.enumerate():
        if thread.ident == ident and isinstance(thread, threading.Timer):
            # Wakes the wait without setting the flag that would cancel the timer.
            with thread.finished._cond:  # type: ignore[attr-defined]
                thread.finished._cond.notify_all()  # type: ignore[attr-defined]
