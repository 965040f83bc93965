"""Threads that a participant starts: while one of them works, the participant is not asleep."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from pytest_flaskctx.isolation.roles import roles
from pytest_flaskctx.patching import Patches

Start = Callable[[threading.Thread], None]


def starter(original: Start) -> Start:
    """Return what stands in for ``threading.Thread.start``.

    Args:
        original: the real one.
    """

    def start(thread: threading.Thread) -> None:
        role = roles.role
        if role is None:
            return original(thread)
        who = role.who
        # It waits for the thread to begin, which is no wait for another participant.
        who.starting += 1
        roles.starting = True
        try:
            original(thread)
        finally:
            roles.starting = False
            who.starting -= 1
        if thread.native_id is not None:
            who.threads.append(thread.native_id)
        return None

    return start


@contextmanager
def watched() -> Iterator[None]:
    """Let threads that participants start count as theirs within the block."""
    patches = Patches()
    patches.replace(threading.Thread, "start", starter(threading.Thread.start))
    try:
        yield
    finally:
        patches.undo(lambda error: None)
