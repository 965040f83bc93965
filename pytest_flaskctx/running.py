"""The task that a thread runs: noted when it begins, and when it is done."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from pytest_flaskctx.tasks import Task, moments
from pytest_flaskctx.threadstate import here

if TYPE_CHECKING:
    from typing import Protocol

    class Call(Protocol):
        """A call in which work may run at once, in the thread that hands it over.

        Attributes:
            outside: ``id()`` of each context that was bound when the call began.
        """

        outside: frozenset[int]

        def runs(self) -> bool:
            """Whether the calling thread runs that work now, as its task."""


at_once: ContextVar[Call | None] = ContextVar("at_once", default=None)
"""The call in which work may run at once, in the context of that.

A task that carries a copied context of its own runs in that one, where this is not set: what it
finds there it would have found in another thread as well.
"""


def outside(context: Any) -> bool:
    """Whether ``context`` was bound already when this thread's task began to run at once."""
    call = at_once.get()
    if call is None or id(context) not in call.outside or not call.runs():
        return False
    # A request that the task pushes itself brings an application context only where none of its
    # application is bound; anywhere else it would have brought one.
    own = here().request
    return own is None or own.app is not context.app


class Run:
    """A callable in the place of the one handed over: it knows the task that it belongs to.

    Everything else that may be asked of it, it passes on.
    """

    __slots__ = ("_function", "_task")

    def __init__(self, task: Task, function: Callable[..., Any]) -> None:
        self._task = task
        self._function = function

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        # As in begin() and finish(): two calls less.
        task, thread = self._task, here()
        before: Task | None = thread.task
        thread.task = task
        task.ident = thread.ident
        thread.begun = next(moments)
        chronicle = task.recorder.chronicle
        if chronicle is not None:
            chronicle.begun(task, thread)
        try:
            return self._function(*args, **kwargs)
        except BaseException as error:
            task.recorder.raised(error)
            raise
        finally:
            if task.leave is not None:
                task.leave(task)
            thread.task = before
            task.ident = 0
            if chronicle is not None:
                chronicle.ended(task, thread)
            task.ended()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._function, name)


def begin(task: Task) -> Task | None:
    """Note that this thread runs ``task`` from now on; return what it ran before."""
    thread = here()
    before: Task | None = thread.task
    thread.task = task
    task.ident = thread.ident
    thread.begun = next(moments)
    if task.recorder.chronicle is not None:
        task.recorder.chronicle.begun(task, thread)
    return before


def finish(task: Task, before: Task | None) -> None:
    """Note that this thread is done with ``task``."""
    if task.leave is not None:
        task.leave(task)
    thread = here()
    thread.task = before
    task.ident = 0
    if task.recorder.chronicle is not None:
        task.recorder.chronicle.ended(task, thread)
    task.ended()
