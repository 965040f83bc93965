"""Threads that have no part in the program: those by which pytest's plugins talk to each other.

Every other thread may be one that the program waits for, and a wait for it has to be a real one.
"""

from __future__ import annotations

import sys
import threading
from types import FrameType

_NAMES = ("_pytest", "coverage", "execnet", "pluggy", "xdist")
_PREFIX = "pytest_"
_OWN = __name__.partition(".")[0]


def bystanders() -> frozenset[threading.Thread]:
    """Return the threads whose work is a pytest plugin's."""
    frames = sys._current_frames()
    return frozenset(
        thread
        for thread in threading.enumerate()
        if thread is not threading.current_thread()
        and thread.ident is not None
        and _of_plugin(frames.get(thread.ident))
    )


def _of_plugin(frame: FrameType | None) -> bool:
    """Whether the outermost frame that is not Python's own is a plugin's."""
    outermost = ""
    while frame is not None:
        top = str(frame.f_globals.get("__name__")).partition(".")[0]
        # Each thread begins in a function of ours.
        if top != _OWN and top not in sys.stdlib_module_names:
            outermost = top
        frame = frame.f_back
    return outermost in _NAMES or outermost.startswith(_PREFIX)
