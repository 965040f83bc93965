"""``ThreadPoolExecutor``: what is submitted is a task.

Only executors known to run their work in this interpreter get a callable of ours in the place of
the user's. ``InterpreterPoolExecutor`` inherits ``submit`` from the thread pool and cannot share
a closure with another interpreter; process pools pickle what they are given; an executor that
nobody knows might do either. ``map`` comes here too, and so do ``loop.run_in_executor`` and
``asyncio.to_thread``, whose frames in the hand-over's stack tell them apart.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures.thread import ThreadPoolExecutor
from types import ModuleType
from typing import Any, cast
from weakref import ref

from pytest_flaskctx.probes.base import Probe
from pytest_flaskctx.probes.handover import hand_over
from pytest_flaskctx.probes.waits import waited
from pytest_flaskctx.running import Run
from pytest_flaskctx.tasks import Task, Waited
from pytest_flaskctx.unasked import attribute_of

Submit = Callable[..., "Future[Any]"]


class Executors(Probe):
    """``ThreadPoolExecutor`` and its subclasses, as far as they stay in this interpreter."""

    name = "executors"
    modules = ("flaskthreads.thread_helpers",)

    def install(self) -> None:
        """Wrap ``submit``; a chain of ``super().submit`` comes through here once."""
        submit = self._submit(ThreadPoolExecutor.submit)
        self.patches.replace(ThreadPoolExecutor, "submit", submit)

    def attach(self, module: ModuleType) -> None:
        """Wrap the pool of Flask-Threads: a copy of the standard library's, with a context."""
        pool = vars(module)["ThreadPoolWithAppContextExecutor"]
        self.patches.replace(pool, "submit", self._submit(pool.submit, pushed="_app_ctx"))

    def _submit(self, original: Submit, pushed: str = "") -> Submit:
        """Wrap one ``submit``.

        Args:
            original: the method.
            pushed: under which name its pool keeps the context that it pushes around each task.
        """

        def submit(pool: Any, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
            task, plain = None, type(pool) is ThreadPoolExecutor
            if self.live and (plain or not _elsewhere(pool)):
                try:
                    mark = waited(pool)
                    workers = pool._max_workers if plain else attribute_of(pool, "_max_workers")
                    task = hand_over(
                        "submit",
                        sys._getframe(1),
                        fn,
                        args=args,
                        kwargs=kwargs,
                        pushes=attribute_of(pool, pushed) if pushed else None,
                        lone=mark if workers == 1 else None,
                    )
                except Exception as error:  # our failure must never be the user's
                    self.failed(error)
            if task is None:
                return original(pool, fn, *args, **kwargs)
            try:
                future: Any = original(pool, Run(task, fn), *args, **kwargs)
            except BaseException:
                task.refused()
                raise
            try:
                if type(future) is Future:
                    # It was made just now, and has no mark yet: see waited().
                    own = future._pytest_flaskctx_waited = Waited()  # type: ignore[attr-defined]
                    task.cancelled = CalledOff(future)
                else:
                    own = _own(future, task)
                task.waits = (own, mark)
                if task.shares:
                    own.shares = True
            except Exception as error:  # our failure must never be the user's
                self.failed(error)
            return future

        return submit


class CalledOff(ref["Future[Any]"]):
    """Whether a future was called off, as far as it is still there, without keeping it.

    A task may outlive it by far, and would keep its result, or an error with all its frames. A pool
    has each future until its task begins, so one that is gone will not begin.
    """

    __slots__ = ()

    def __call__(self) -> bool:  # type: ignore[override]
        future = super().__call__()
        return future is None or Future.cancelled(future)


def _own(future: object, task: Task) -> Waited:
    """Return what is to be known of a future of another kind, or of what a stand-in returned."""
    if issubclass(type(future), Future):
        task.cancelled = CalledOff(cast("Future[Any]", future))
    return waited(future)


def _elsewhere(pool: object) -> bool:
    """Whether the work of ``pool`` runs in another interpreter."""
    # Where nobody imported it there is no instance of it, and we import nothing for the user.
    module = sys.modules.get("concurrent.futures.interpreter")
    return module is not None and issubclass(type(pool), module.InterpreterPoolExecutor)
