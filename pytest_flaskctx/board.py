"""Which test is written to at the moment.

The probes stay in place for a whole session; what changes from test to test is ``board.current``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING, cast

from pytest_flaskctx.threadstate import ThreadState, here

if TYPE_CHECKING:
    from pytest_flaskctx.parent import Book
    from pytest_flaskctx.recorder import Recorder
    from pytest_flaskctx.tasks import Task


class Board:
    """Which recorder is written to now, and which thread runs the tests.

    Attributes:
        current: the recorder of the running test; ``None`` while no monitor runs.
        test_thread: token of the thread that runs the tests.
        inherits: whether threads start with a copy of their starter's context.
        native: whether it is Python itself that lets them.
        waits_unseen: whether what the program waits for is known no longer: then what was right is
            not to be told from what was not.
        turn: which test it is, counted from the start of the process.
        lasting: whether what runs in a frame sets up what is to outlive the test.
        home: the process in which a monitor was started.
        process: the one that runs the tests: the same, or one that was forked for a test.
        child: in a child process, what writes to its parent; ``None`` in one that runs tests.
        children: what is known of child processes; ``None`` where there were none.
    """

    waits_unseen = False
    turn = 0
    home = 0
    process = 0
    child: Recorder | None = None
    children: Book | None = None
    lasting: Callable[[FrameType], bool] = staticmethod(lambda frame: False)

    def __init__(self) -> None:
        self.current: Recorder | None = None
        self.test_thread = 0
        self.native = bool(getattr(sys.flags, "thread_inherit_context", 0))
        self.inherits = self.native

    def among_tests(self, thread: ThreadState) -> bool:
        """Whether ``thread`` runs the tests, and now no task."""
        return thread.task is None and thread.token == self.test_thread

    def responsible(self) -> Recorder | None:
        """Return the recorder for what this thread does now.

        A task that a request stands behind belongs to that request's test, whenever it runs. What
        a thread is told that was started in a test before, it is told in this one.
        """
        if self.child is not None:
            return self.child
        thread = here()
        task: Task | None = thread.task
        if task is None or task.request is None:
            return self.current
        if task.recorder.closed and task.strays(thread.fed):
            return self.current
        # Nothing but a recorder hands over what a request stands behind.
        return cast("Recorder", task.recorder)


board = Board()
