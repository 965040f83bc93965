"""The drain: the bounded wait, after a test's body, for the tasks that its requests handed over.

Without it a leak would be seen only if its task happened to be quick. It must never cost a suite
more than it may, so it is bounded three ways (a test, a hand-over site that once outlasted it, a
session) and ends early when nothing that is left can get on by itself.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

from pytest_flaskctx.probes.sleeps import let_timer_go
from pytest_flaskctx.recorder import Recorder
from pytest_flaskctx.stacks import RawStack, walk
from pytest_flaskctx.tasks import Task, running_stack
from pytest_flaskctx.waiting import Watch
from pytest_flaskctx.workloads import Wake

BUDGET = 30.0
LASTING = 0.1
QUICK = 1.0
"""For how long nobody is told that something is waited for, in seconds."""

_FIRST_LOOK = 0.0005
_SLOWEST_LOOK = 0.05
_SITE_FRAMES = 6

Site = tuple[int, ...]


class Drain:
    """Waits for tasks, and remembers from test to test what is not worth waiting for.

    Args:
        timeout: for how long the tasks of one test are waited for at most, in seconds.
        budget: for how long all tests together are, in seconds.
        fast: whether sleeping tasks, and timers due in time, are let go early.
        wanted: whether a task is the user's at all.
        users: whether a file is.
        tell: told of what is waited for, and for how many seconds more at most, where that takes
            longer than a moment; must raise nothing.
        clock: a monotonic clock, in seconds.

    Attributes:
        spent: the seconds waited so far.
    """

    def __init__(
        self,
        timeout: float,
        budget: float = BUDGET,
        fast: bool = False,
        wanted: Callable[[Task], bool] = lambda task: True,
        users: Callable[[str], bool] = lambda file: True,
        tell: Callable[[list[Task], float], object] = lambda left, seconds: None,
        # A default, not a global of this module: freezegun replaces those.
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._timeout = timeout
        self._budget = budget
        self._fast = fast
        self._wanted = wanted
        self._users = users
        self._tell = tell
        self._clock = clock
        self.spent = 0.0
        self._limits: dict[Site, float] = {}

    @property
    def exhausted(self) -> bool:
        """Whether nothing is waited for any more in this session."""
        return self.spent >= self._budget

    def run(self, recorder: Recorder, timeout: float | None = None, *, after: int = 0) -> None:
        """Wait until the tasks of ``recorder`` are over, or are not worth waiting for.

        Args:
            recorder: whose tasks.
            timeout: the bound for this once, in seconds; the session's budget holds all the same.
            after: number of the last task that was waited for before; later ones are.
        """
        if not any(number > after for number in list(recorder.live)):
            return
        began = self._clock()
        bound = self._timeout if timeout is None else timeout
        until = began + max(0.0, min(bound, self._budget - self.spent))
        wake = recorder.wake = Wake(_pause(recorder))
        if self._fast:
            recorder.hub.hurry.set()
        try:
            if not self._soon_over(recorder, wake, until):
                self._wait(lambda: self._left(recorder, after), wake, began, until)
        finally:
            recorder.wake = None
            recorder.hub.hurry.clear()
            self.spent += self._clock() - began
        recorder.unfinished = [
            *recorder.unfinished,
            *((task, stack_of(task)) for task in self._left(recorder, after) if not task.over()),
        ]

    def _soon_over(self, recorder: Recorder, wake: Wake, until: float) -> bool:
        """Give the tasks as much time as a look at all threads takes; most are over by then."""
        # Where some are known to last, in an instant they are not over either.
        while recorder.live and not self._limits and self._clock() < until:
            if not wake.wait(_FIRST_LOOK):
                break
        return not recorder.live

    def _wait(
        self, all_left: Callable[[], list[Task]], wake: Wake, began: float, until: float
    ) -> None:
        watch = Watch(self._users)
        look = _FIRST_LOOK
        told = False
        while left := self._worth_it(all_left(), began, until):
            if self._fast:
                _hurry(left)
            now = self._clock()
            if now >= until:
                if now - began >= self._timeout:
                    self._limits.update({site(task): LASTING for task in left})
                return
            if not told and now - began >= QUICK:
                told = True
                self._tell(left, until - now)
            known = all(self._limits.get(site(task)) == 0.0 for task in left)
            if watch.stuck(left, known=known):
                self._limits.update({site(task): 0.0 for task in left})
                return
            wake.wait(min(look, until - now))
            look = min(look * 2, _SLOWEST_LOOK)

    def _left(self, recorder: Recorder, after: int) -> list[Task]:
        for task in list(recorder.live.values()):
            if task.over():
                recorder.task_over(task)
        left = list(recorder.live.values())
        return [task for task in left if task.number > after and self._wanted(task)]

    def _worth_it(self, left: list[Task], began: float, until: float) -> list[Task]:
        waited = self._clock() - began
        return [
            task
            for task in left
            if (task.due is None or task.due <= until)
            and not _periodic(task)
            and not self._outlasted(task, waited)
        ]

    def _outlasted(self, task: Task, waited: float) -> bool:
        """Whether the site of ``task`` is known to last, and was given its short time."""
        limit = self._limits.get(site(task))
        return limit == LASTING and waited >= LASTING


def _pause(recorder: Recorder) -> Callable[[float], object] | None:
    """Return how to wait for greenlets: those of this thread run while it sleeps by gevent."""
    greenlets = any(task.kind == "greenlet" for task in list(recorder.live.values()))
    sleep: Callable[[float], object] | None = sys.modules["gevent"].sleep if greenlets else None
    return sleep


def _hurry(tasks: list[Task]) -> None:
    """Let those of ``tasks`` begin that wait in a timer, each once."""
    for task in tasks:
        if task.due is not None and task.ident and not task.early:
            task.early += 1
            let_timer_go(task.ident)


def site(task: Task) -> Site:
    """Return what tells the place of a hand-over from others, the same in each test."""
    return tuple(part for code, offset in task.raw[:_SITE_FRAMES] for part in (id(code), offset))


def _periodic(task: Task) -> bool:
    """Whether a task was handed over, from the same place, by one before it."""
    parent = task.parent
    while parent is not None:
        if task.kind == "timer" and site(parent)[:2] == site(task)[:2]:
            return True
        parent = parent.parent
    return False


def stack_of(task: Task) -> RawStack:
    """Return the stack at which a task stands; empty where it has not begun."""
    return walk(running_stack(task))
