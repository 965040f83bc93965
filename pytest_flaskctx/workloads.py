"""What is recorded for, and the tasks that belong to it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import CodeType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_flaskctx.chronicle import Chronicle
    from pytest_flaskctx.stacks import RawStack
    from pytest_flaskctx.tasks import Task


class Subject:
    """What is recorded for: one test, or the time between tests.

    Asked only when there is something to tell of it.

    Args:
        name: id of the test; empty between tests.
    """

    def __init__(self, name: str = "") -> None:
        self._name = name

    @property
    def name(self) -> str:
        """Id of the test; empty between tests."""
        return self._name

    @property
    def location(self) -> tuple[str, int | None, str]:
        """Where the test is written: file, line from 0, and name."""
        return "", None, ""

    @property
    def code(self) -> CodeType | None:
        """Code of the test function, which other plugins may run in threads."""
        return None

    def shares(self, thing: object) -> bool:
        """Whether the test has ``thing`` from what is there for several tests."""
        return False


class Wake:
    """An event that takes itself back when somebody has waited for it.

    A lock, and no :class:`threading.Event`: that is several objects, written in Python, and one of
    these is made for each test that hands work over.

    Args:
        pause: sleeps for so many seconds, where tasks can only run while this thread does that.
    """

    def __init__(self, pause: Callable[[float], object] | None = None) -> None:
        self._pause = pause
        self._lock = threading.Lock()
        self._lock.acquire()

    def set(self) -> None:
        """Let who waits, or will wait next, go on."""
        with suppress(RuntimeError):  # it was set already
            self._lock.release()

    def wait(self, timeout: float) -> bool:
        """Wait for at most ``timeout`` seconds; return whether it was set."""
        if self._pause is None:
            return self._lock.acquire(timeout=timeout)
        self._pause(timeout)
        return self._lock.acquire(blocking=False)


class Workload:
    """The tasks of one test.

    Attributes:
        subject: the test.
        live: those that requests handed over and that are not over, by number.
        unfinished: those that ran on when the drain gave up, each with the stack it stood at.
        handovers: how many tasks were handed over.
        closed: whether the test was judged for the last time.
        hurry: set while sleeping tasks are let go early.
        wake: set whenever a task is over, while somebody waits for that.
        chronicle: where moments are written down, if a picture is wanted.
    """

    # Defaults of the class cost a test nothing.
    handovers = 0
    closed = False
    unfinished: Sequence[tuple[Task, RawStack]] = ()
    wake: Wake | None = None
    chronicle: Chronicle | None = None

    def __init__(self, subject: Subject, hurry: threading.Event) -> None:
        self.subject = subject
        self.live: dict[int, Task] = {}
        self.hurry = hurry

    def handed_over(self, task: Task) -> None:
        """Book a task; one that a request stands behind is waited for."""
        if task.carries_work:
            self.handovers += 1
            if task.request is not None:
                self.live[task.number] = task

    def task_over(self, task: Task) -> None:
        """Book a task as over, and wake who waits."""
        self.live.pop(task.number, None)
        if self.chronicle is not None:
            self.chronicle.over(task)
        wake = self.wake
        if wake is not None:
            wake.set()

    def raised(self, error: BaseException) -> None:
        """Note that ``error`` left its task."""
