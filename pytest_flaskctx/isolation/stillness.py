"""Whether a thread stands still in a wait: by the kernel's word, where it gives one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import IO

from pytest_flaskctx.system import System

Clock = tuple[str, str]


def clock_of(thread: int, read: Callable[[str, str], IO[bytes]] = System.read) -> Clock | None:
    """Return a thread's state and its time on a CPU; ``None`` where the system tells neither.

    Args:
        thread: its native id.
        read: opens a file.
    """
    folder = f"/proc/self/task/{thread}"
    try:
        with read(f"{folder}/stat", "rb") as file:
            state = file.read().rpartition(b")")[2].split()[0]
        with read(f"{folder}/schedstat", "rb") as file:
            spent = file.read().split()[0]
    except (OSError, IndexError):
        return None
    return state.decode(), spent.decode()


class Stillness:
    """Watches whether threads stand still from look to look.

    Args:
        clock: tells state and time of a thread.
        looks: after how many looks at which it slept and spent no time a thread stands still.
        silent: after how many, where the system does not tell.
    """

    def __init__(
        self,
        clock: Callable[[int], Clock | None] = clock_of,
        looks: int = 3,
        silent: int = 25,
    ) -> None:
        self._clock = clock
        self._looks = looks
        self._silent = silent
        self._changes = -1
        self._seen: list[Clock] | None = None
        self._count = 0

    def look(self, threads: Iterable[int], changes: int) -> bool:
        """Look at threads; return whether all of them have stood still for long enough.

        Args:
            threads: their native ids.
            changes: a number that is another one when something happened.
        """
        # The clocks are files of the kernel's: reading them takes longer than many a step.
        if changes != self._changes:
            self._changes, self._seen, self._count = changes, None, 0
            return False
        clocks = [self._clock(thread) for thread in threads]
        known = [clock for clock in clocks if clock is not None]
        if known != self._seen or any(state != "S" for state, _ in known):
            self._seen, self._count = known, 0
            return False
        self._count += 1
        return self._count >= (self._looks if known else self._silent)
