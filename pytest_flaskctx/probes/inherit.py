"""``--flaskctx-inherit``: threads start with a copy of their starter's context.

As free-threaded Python does, and ``-X thread_inherit_context=1`` on 3.14: a team sees today what
would bleed there. Installed only where a suite asks for it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import Context, copy_context
from typing import Any

from pytest_flaskctx.board import board
from pytest_flaskctx.probes.base import Probe

_KEPT = "_pytest_flaskctx_context"
_OWN = "_context"
"""Where a thread keeps its context itself, from Python 3.14 on."""


class Inherit(Probe):
    """``threading.Thread``: each one runs in a copy of the context in which it was started."""

    name = "inherit"

    def install(self) -> None:
        """Wrap starting a thread, and its first steps."""
        before, board.inherits = board.inherits, True
        self.patches.add(lambda: setattr(board, "inherits", before))
        thread = threading.Thread
        self.patches.replace(thread, "start", self._start(thread.start))
        inner = thread._bootstrap_inner  # type: ignore[attr-defined]
        self.patches.replace(thread, "_bootstrap_inner", self._inner(inner))

    def _start(self, original: Callable[[Any], None]) -> Callable[[Any], None]:
        def start(thread: threading.Thread) -> None:
            if self.live:
                known = vars(thread)
                # From Python 3.14 on a thread may be made with a context: then that is the one.
                if _OWN not in known:
                    known[_KEPT] = copy_context()
                elif known[_OWN] is None:
                    known[_OWN] = copy_context()
            return original(thread)

        return start

    def _inner(self, original: Callable[[Any], None]) -> Callable[[Any], None]:
        def _bootstrap_inner(thread: threading.Thread) -> None:
            context: Context | None = vars(thread).pop(_KEPT, None)
            return original(thread) if context is None else context.run(original, thread)

        return _bootstrap_inner
