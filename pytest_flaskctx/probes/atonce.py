"""A task that runs at once, in the thread that hands it over, looked at as if it did not.

What it finds there of its caller's contexts, it finds only because of where it runs. So they are
hidden from the quick comparison of the proxies, and each use of one is looked at; what the task
pushes itself is its own, and as quick as ever.
"""

from __future__ import annotations

from contextvars import Token
from typing import Any

from pytest_flaskctx.contexts import bound_context
from pytest_flaskctx.running import at_once
from pytest_flaskctx.tasks import Task
from pytest_flaskctx.threadstate import here


class AtOnce:
    """A block in which this thread runs ``task``, which it hands over just now.

    Args:
        task: the task.
    """

    __slots__ = ("_mark", "_own", "_task")

    def __init__(self, task: Task) -> None:
        self._task = task
        self._own: tuple[Any, Any]
        self._mark: Token[Task | None]

    def __enter__(self) -> None:
        thread, task, around = here(), self._task, at_once.get()
        self._own = thread.app, thread.request
        bound = {id(each) for each in (*self._own, bound_context()) if each is not None}
        task.inline = True
        task.outside = frozenset(bound | around.outside) if around else frozenset(bound)
        thread.app = thread.request = None
        self._mark = at_once.set(task)

    def __exit__(self, *_error: object) -> None:
        at_once.reset(self._mark)
        here().app, here().request = self._own
        self._task.outside = frozenset()
