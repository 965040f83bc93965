"""A recorder of a test of its own, and what is written to it."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

from pytest_flaskctx.hub import Hub
from pytest_flaskctx.recorder import Recorder
from pytest_flaskctx.sightings import Sighting
from pytest_flaskctx.stacks import StackRenderer, walk
from pytest_flaskctx.tasks import RequestRecord, Task
from pytest_flaskctx.workloads import Subject


def new_recorder() -> Recorder:
    """Return a recorder of a test of its own."""
    return Recorder(Subject("test_it"), Hub(StackRenderer(lambda file: "user")))


def handed(recorder: Recorder, *, served: bool = True, carries_work: bool = True) -> Task:
    """Hand a task over, for a request or for nobody."""
    request = RequestRecord(recorder) if served else None
    raw = walk(sys._getframe())
    task = Task("thread", raw, thread="main", request=request, recorder=recorder, parent=None,
                carries_work=carries_work)  # fmt: skip
    recorder.handed_over(task)
    return task


def see(recorder: Recorder, proxy: str = "request") -> Sighting:
    """See an access of the caller's."""
    frame: FrameType = sys._getframe(1)
    return recorder.see(proxy, "__getattr__", frame)


class Books:
    """Writes down what a recorder is told."""

    chronicle = None

    def __init__(self) -> None:
        self.over: list[Task] = []
        self.errors: list[BaseException] = []

    def task_over(self, task: Task) -> None:
        """Write down a task that is over."""
        self.over.append(task)

    def raised(self, error: BaseException) -> None:
        """Write down an error that left its task."""
        self.errors.append(error)


def booked(books: Any, parent: Task | None = None) -> Task:
    """Hand over a task that ``books`` are kept of, for no request."""
    return Task("submit", (), thread="main", request=None, recorder=books, parent=parent)
