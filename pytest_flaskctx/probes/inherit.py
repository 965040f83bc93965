"""``--flaskctx-inherit``: threads start with a copy of their starter's context.

As free-threaded Python does, and ``-X thread_inherit_context=1`` on 3.14: a team sees today what
would bleed there. Installed only where a suite asks for it.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from contextvars import copy_context
from typing import Any

from pytest_flaskctx.probes.base import Probe
from pytest_flaskctx.recorder import board

_CONTEXT = "_pytest_flaskctx_context"


class Inherit(Probe):
    """``threading.Thread``: each one runs in a copy of the context in which it was started."""

    name = "inherit"

    def install(self) -> None:
        """Wrap starting a thread; before 3.14 its first steps as well."""
        before, board.inherits = board.inherits, True
        self.patches.add(lambda: setattr(board, "inherits", before))
        thread = threading.Thread
        if sys.version_info >= (3, 14):
            self.patches.replace(thread, "start", self._given(thread.start))
            return
        self.patches.replace(thread, "start", self._kept(thread.start))
        inner = thread._bootstrap_inner  # type: ignore[attr-defined]
        self.patches.replace(thread, "_bootstrap_inner", self._within(inner))

    def _given(self, original: Callable[[Any], None]) -> Callable[[Any], None]:
        def start(thread: Any) -> None:
            # Whoever made the thread with a context wants that one.
            if self.live and getattr(thread, "_context", thread) is None:
                thread._context = copy_context()
            return original(thread)

        return start

    def _kept(self, original: Callable[[Any], None]) -> Callable[[Any], None]:
        def start(thread: threading.Thread) -> None:
            if self.live:
                vars(thread)[_CONTEXT] = copy_context()
            return original(thread)

        return start

    def _within(self, original: Callable[[Any], None]) -> Callable[[Any], None]:
        def _bootstrap_inner(thread: threading.Thread) -> None:
            context = vars(thread).pop(_CONTEXT, None)
            return original(thread) if context is None else context.run(original, thread)

        return _bootstrap_inner
