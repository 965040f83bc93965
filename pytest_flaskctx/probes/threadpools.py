"""``multiprocessing.pool.ThreadPool``: what is applied or mapped is a task.

A map is one hand-over of many calls: the task is over when all of them are. Where the items come
from an iterator, each call still to come is counted when its item is drawn.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable, Iterable, Iterator, Sized
from types import ModuleType
from typing import Any

from pytest_flaskctx.probes.base import Probe
from pytest_flaskctx.probes.handover import hand_over
from pytest_flaskctx.tasks import Run, Task

_CALLBACKS = ("callback", "error_callback")


class ThreadPools(Probe):
    """``ThreadPool`` and its subclasses; process pools are left alone."""

    name = "threadpools"
    modules = ("multiprocessing.pool",)

    def attach(self, module: ModuleType) -> None:
        """Wrap the methods through which all others hand over.

        Once the suite imports them: we do not bring in half of multiprocessing ourselves.
        """
        pool = vars(module)["ThreadPool"]
        for name, wrap in (
            ("apply_async", self._apply),
            ("_map_async", self._map),
            ("imap", self._imap),
            ("imap_unordered", self._imap),
        ):
            self.patches.replace(pool, name, wrap(getattr(pool, name)))

    def _apply(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def apply_async(pool: Any, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            task = self._handed(func)
            if task is None:
                return original(pool, func, *args, **kwargs)
            task.cancelled = terminated(pool)
            after = self._after(task, args, kwargs)
            if after is None:
                return or_over(task, original, pool, Run(task, func), *args, **kwargs)
            kwargs = followed(after, kwargs)
            return or_over(after, or_over, task, original, pool, Run(task, func), *args, **kwargs)

        return apply_async

    def _map(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def _map_async(
            pool: Any, func: Callable[..., Any], iterable: Iterable[Any], *args: Any, **kwargs: Any
        ) -> Any:
            task = self._handed(func)
            if task is None:
                return original(pool, func, iterable, *args, **kwargs)
            items = _counted(task, iterable)
            result = or_over(task, original, pool, Run(task, func), items, *args, **kwargs)
            stopped = terminated(pool)
            # One call that raises ends its whole chunk.
            task.cancelled = lambda: result.ready() or stopped()
            return result

        return _map_async

    def _imap(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def imap(
            pool: Any, func: Callable[..., Any], iterable: Iterable[Any], *args: Any, **kwargs: Any
        ) -> Any:
            task = self._handed(func)
            if task is None:
                return original(pool, func, iterable, *args, **kwargs)
            task.cancelled = terminated(pool)
            items = _drawn(task, iterable)
            return or_over(task, original, pool, Run(task, func), items, *args, **kwargs)

        return imap

    def _handed(self, *functions: Callable[..., Any]) -> Task | None:
        return self.guarded(_handed)(*functions) if self.live else None

    def _after(self, task: Task, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Task | None:
        """Return the one task of the callbacks: whichever way the call ends, one is called."""
        given = callbacks(args, kwargs)
        after = self._handed(*given) if given else None
        if after is not None:
            after.cancelled = task.cancelled
        return after


def _handed(*functions: Callable[..., Any]) -> Task | None:
    return hand_over("threadpool", sys._getframe(4), *functions)


def callbacks(args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Callable[..., Any]]:
    """Return the callbacks among what follows ``func`` in a call of ``apply_async``."""
    # The two after `func` are its arguments; callbacks given by place stay as they are.
    if len(args) > 2:
        return []
    return [kwargs[name] for name in _CALLBACKS if kwargs.get(name) is not None]


def followed(after: Task, kwargs: dict[str, Any]) -> dict[str, Any]:
    """Return ``kwargs`` with callbacks that are the task ``after``: one of them is called."""
    return kwargs | {name: Run(after, kwargs.get(name) or _nothing) for name in _CALLBACKS}


def _nothing(result: object) -> None:
    """Stand for the callback that was not given, so that the task of both comes to its end."""


def or_over(task: Task, original: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call ``original``; if it refuses, the task is over."""
    try:
        return original(*args, **kwargs)
    except BaseException:
        task.recorder.task_over(task)
        raise


def terminated(pool: Any) -> Callable[[], bool]:
    """Return what tells whether ``pool`` lets lie what it has not begun."""
    # A task may outlive its pool by far, and must not keep it from being collected.
    alive = weakref.ref(pool)

    def stopped() -> bool:
        return getattr(alive(), "_state", "TERMINATE") == "TERMINATE"

    return stopped


def _counted(task: Task, iterable: Iterable[Any]) -> Iterable[Any]:
    """Count the calls of a map: all at once, or as the pool makes its list."""
    if not isinstance(iterable, Sized):
        return _drawn(task, iterable)
    task.expect(len(iterable))
    # The one for the hand-over itself.
    task.ended()
    return iterable


def _drawn(task: Task, iterable: Iterable[Any]) -> Iterator[Any]:
    try:
        for item in iterable:
            task.expect(1)
            yield item
    finally:
        task.ended()
