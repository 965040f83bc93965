"""Looking at threads from outside, to see which can still get on by themselves.

A look costs a walk over the frames of each thread and changes nothing. What a thread waits for
inside C (``lock.acquire()``, ``SimpleQueue.get()``) shows in no frame; such a thread counts as one
that can get on, and the drain's other bounds hold.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from types import FrameType
from typing import Any, Literal

from pytest_flaskctx.stacks import RawStack, walk
from pytest_flaskctx.tasks import Task

Standing = Literal["free", "timed", "blocked"]
"""Can get on; waits with a timeout; waits without one."""

_REPEATS = 5

_START_FRAMES = 8
"""How far ``Thread.start`` is from the wait: ``Event.wait``, and what stands around both."""


def standing(frame: FrameType | None) -> Standing:
    """Return how the thread that stands at ``frame`` stands."""
    if frame is None:
        return "free"
    name = frame.f_code.co_name
    if name not in ("wait", "join", "_wait_for_tstate_lock") or not _of_threading(frame):
        return "free"
    if _starts_a_thread(frame):
        return "free"
    timeout = frame.f_locals.get("timeout")
    return "blocked" if timeout is None or timeout == -1 else "timed"


def _starts_a_thread(frame: FrameType) -> bool:
    """Whether a wait is that for a thread to have begun, which comes by itself."""
    caller = frame.f_back
    for _ in range(_START_FRAMES):
        if caller is None:
            break
        if caller.f_code.co_name == "start" and _of_threading(caller):
            return True
        caller = caller.f_back
    return False


def _of_threading(frame: FrameType) -> bool:
    return frame.f_code.co_filename.replace("\\", "/").endswith("/threading.py")


class _Turns:
    """How often a task came back to one and the same timed wait."""

    def __init__(self, place: RawStack, waiter: Any) -> None:
        self.place = place
        self.waiter = waiter
        self.count = 0


class Watch:
    """Looks at the tasks that are left, again and again.

    Args:
        users: whether a file is the user's.
        frames: gives the current frame of each thread.
    """

    def __init__(
        self,
        users: Callable[[str], bool],
        frames: Callable[[], Mapping[int, FrameType]] = sys._current_frames,
    ) -> None:
        self._users = users
        self._frames = frames
        self._turns: dict[int, _Turns] = {}
        self._before: dict[int, RawStack] = {}

    def stuck(self, tasks: Iterable[Task], *, known: bool) -> bool:
        """Whether none of ``tasks`` gets on unless the suite does something.

        Args:
            tasks: all that are left.
            known: whether they were found so in an earlier test; then one look is enough, else it
                takes two that see the same.
        """
        frames = dict(self._frames())
        # This thread waits for the tasks itself; and its frame would hold itself by this name.
        frames.pop(threading.get_ident(), None)
        left = list(tasks)
        begun = [task for task in left if task.ident]
        stacks = {task.number: walk(frames.get(task.ident)) for task in begun}
        before, self._before = self._before, stacks
        # No short cut: the turns of each are to be counted.
        waiting = [self._waits(task, frames.get(task.ident), known) for task in begun]
        if not all(waiting) or not _may_wait(left, begun) or self._others_run(begun, frames):
            return False
        turning = any(task.number in self._turns for task in begun)
        return known or turning or before == stacks

    def _waits(self, task: Task, frame: FrameType | None, known: bool) -> bool:
        kind = standing(frame)
        if kind == "timed" and frame is not None:
            return self._turned(task, frame) or known
        self._turns.pop(task.number, None)
        return kind == "blocked"

    def _turned(self, task: Task, frame: FrameType) -> bool:
        """Whether a task only goes round a loop that waits with a timeout.

        The lock that ``Condition.wait`` makes is a new one each time; held here, so that the next
        one cannot have its address.
        """
        place, waiter = walk(frame)[1:], frame.f_locals.get("waiter")
        turns = self._turns.get(task.number)
        if turns is None or turns.place != place:
            self._turns[task.number] = _Turns(place, waiter)
            return False
        if turns.waiter is not waiter:
            turns.waiter = waiter
            turns.count += 1
        return turns.count >= _REPEATS

    def _others_run(self, begun: Iterable[Task], frames: Mapping[int, FrameType]) -> bool:
        """Whether a thread that is nobody's task may still release one.

        One that stands in a library, in ``accept()`` or a pool's queue, has nothing to do.
        """
        known = {task.ident for task in begun}
        others = (frame for ident, frame in frames.items() if ident not in known)
        return any(self._users(frame.f_code.co_filename) for frame in others)


def _may_wait(left: list[Task], begun: list[Task]) -> bool:
    """Whether what has not begun waits for what has, or for a future that nobody completes.

    How it stands with another process's work is not known.
    """
    if any(task.elsewhere for task in left):
        return False
    return bool(begun) or all(task.kind == "callback" for task in left)
