"""A task that runs at once, in the thread that hands it over, looked at as if it did not.

What it finds there of its caller's contexts, it finds only because of where it runs. So they are
hidden from the quick comparison of the proxies, and each use of one is looked at; what the task
pushes itself is its own, and as quick as ever.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from contextvars import Token
from typing import TYPE_CHECKING, Any

from pytest_flaskctx.contexts import bound_context
from pytest_flaskctx.running import at_once
from pytest_flaskctx.tasks import Task
from pytest_flaskctx.threadstate import here

if TYPE_CHECKING:
    from pytest_flaskctx.running import Call


class Hidden(ABC):
    """A block in which what this thread pushed before is hidden, for a task may run at once in it.

    Attributes:
        outside: ``id()`` of each context that was bound when the block began.
    """

    __slots__ = ("_mark", "_own", "outside")

    def __init__(self) -> None:
        self.outside: frozenset[int] = frozenset()
        self._own: tuple[Any, Any, Any]
        self._mark: Token[Call | None]

    @abstractmethod
    def runs(self) -> bool:
        """Whether the calling thread runs that task now."""

    def __enter__(self) -> None:
        thread, around = here(), at_once.get()
        self._own = thread.app, thread.request, thread.hidden
        bound = {id(each) for each in (*self._own, bound_context()) if each is not None}
        self.outside = frozenset(bound | around.outside if around is not None else bound)
        thread.hidden = thread.serving
        thread.app = thread.request = None
        self._mark = at_once.set(self)

    def __exit__(self, *_error: object) -> None:
        at_once.reset(self._mark)
        thread = here()
        thread.app, thread.request, thread.hidden = self._own


class AtOnce(Hidden):
    """A block in which this thread runs ``task``, which it hands over just now.

    Args:
        task: the task.
    """

    __slots__ = ("_task",)

    def __init__(self, task: Task) -> None:
        super().__init__()
        self._task = task
        task.inline = True

    def runs(self) -> bool:
        """Whether the calling thread runs that task now."""
        return here().task is self._task
