"""``time.sleep`` in a participant: it costs nothing, and lets others go on where they may be waited for.

A wait with a timeout that nobody can end costs nothing either. The clocks by which programs see how long
they have waited are ahead by all of that, or a loop that waits until a moment would spin up to it.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType

from pytest_flaskctx.isolation.roles import roles
from pytest_flaskctx.patching import Patches

# Where the standard library's own waits look, by whichever name.
_CLOCKS: tuple[tuple[ModuleType, str], ...] = (
    (time, "monotonic"),
    (threading, "_time"),
    (queue, "time"),
)
_FREE = 50
_NAP = 0.001


def sleeper(original: Callable[[float], None]) -> Callable[[float], None]:
    """Return what stands in for ``time.sleep``.

    Args:
        original: the real one, for threads that are no participants, and for participants that wait
            for such a thread in a loop.
    """

    def sleep(seconds: float) -> None:
        role = roles.role
        if role is None or seconds < 0:
            return original(seconds)
        role.who.ahead += seconds
        if role.turns.nap(role.who) > _FREE:
            original(min(seconds, _NAP))
        return None

    return sleep


def clock_ahead(original: Callable[[], float]) -> Callable[[], float]:
    """Return what stands in for a clock: ahead by what a participant has slept and waited.

    Args:
        original: the real one, in seconds.
    """

    def monotonic() -> float:
        role = roles.role
        return original() if role is None else original() + role.who.ahead

    return monotonic


@contextmanager
def patched() -> Iterator[None]:
    """Let sleeping cost nothing in participants within the block."""
    patches = Patches()
    patches.replace(time, "sleep", sleeper(time.sleep))
    for module, name in _CLOCKS:
        if name in vars(module):
            patches.replace(module, name, clock_ahead(vars(module)[name]))
    try:
        yield
    finally:
        patches.undo(lambda error: None)


SLEEP = time.sleep
"""The real one, whatever a test puts in its place later."""
_TIME = time.time


def to_next_second(
    now: Callable[[], float] = _TIME, sleep: Callable[[float], None] = SLEEP
) -> None:
    """Wait until clocks that count seconds tell another one.

    Args:
        now: the time, in seconds.
        sleep: waits for so many seconds.
    """
    sleep(1.01 - now() % 1)
