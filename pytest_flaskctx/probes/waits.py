"""Waiting: which tasks the program itself waits for.

A task that is waited for does not run beside the thread that handed it over, whatever the clock
says: ``pool.submit(work).result()`` may be done before ``result`` is called.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, _base
from typing import Any

from pytest_flaskctx.contexts import record_of
from pytest_flaskctx.probes.base import Probe
from pytest_flaskctx.tasks import RequestRecord, Task, Waited
from pytest_flaskctx.threadstate import ThreadState, here

_MARK = "_pytest_flaskctx_waited"


def waited(thing: object) -> Waited:
    """Return what is known of who waited for ``thing``."""
    marks = vars(thing)
    mark: Waited | None = marks.get(_MARK)
    if mark is None:
        mark = marks[_MARK] = Waited()
    return mark


def waited_by(task: Task, *things: object) -> None:
    """Let a wait for any of ``things``, its future, thread or pool, be one for ``task``."""
    task.waits = (*task.waits, *map(waited, things))


def note_wait(thing: object) -> None:
    """Note that this thread waited for ``thing`` to its end."""
    mark: Waited | None = vars(thing).get(_MARK)
    thread = here()
    # What a pool's own threads wait for, no request does.
    if mark is None or (thread.task is not None and not thread.task.carries_work):
        return
    request = _served(thread)
    if not any(request is each for each in mark.by):
        mark.by.append(request)


def _served(thread: ThreadState) -> RequestRecord | None:
    """Return the request for which this thread waits."""
    record = record_of(thread.request) if thread.request is not None else None
    # One that a client keeps for the test's body is over: the test waits, not the request.
    if record is not None and not record.kept:
        return record.request
    task: Task | None = thread.task
    return task.request if task is not None else None


class Waits(Probe):
    """``Future.result`` and ``exception``, ``wait``, ``as_completed``, ``join``, ``shutdown``."""

    name = "waits"

    def install(self) -> None:
        """Wrap what waits."""
        note = self.guarded(note_wait)
        for name in ("result", "exception"):
            original = getattr(Future, name)
            self.patches.replace(Future, name, self._after(original, Future.done, note))
        thread = threading.Thread
        self.patches.replace(thread, "join", self._after(thread.join, _is_over, note))
        # Both wait() and as_completed() begin with it, by whatever name they were imported.
        acquire = _base._AcquireFutures
        self.patches.replace(acquire, "__init__", self._several(acquire.__init__, note))
        for executor in _shutting(Executor):
            shutdown = vars(executor)["shutdown"]
            self.patches.replace(executor, "shutdown", self._shutdown(shutdown, note))
        condition = threading.Condition
        self.patches.replace(condition, "wait", self._turn(condition.wait))

    def _after(
        self,
        original: Callable[..., Any],
        over: Callable[[Any], bool],
        note: Callable[[object], None],
    ) -> Callable[..., Any]:
        def wait(thing: Any, *args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            try:
                return original(thing, *args, **kwargs)
            finally:
                if self.live and over(thing):
                    note(thing)

        return wait

    def _several(
        self, original: Callable[..., None], note: Callable[[object], None]
    ) -> Callable[..., None]:
        def init(acquire: Any, futures: Any) -> None:
            original(acquire, futures)
            for future in acquire.futures if self.live else ():
                note(future)

        return init

    def _shutdown(
        self, original: Callable[..., None], note: Callable[[object], None]
    ) -> Callable[..., None]:
        def shutdown(pool: Any, wait: bool = True, **kwargs: Any) -> None:
            original(pool, wait, **kwargs)
            if self.live and wait:
                note(pool)

        return shutdown

    def _turn(self, original: Callable[..., bool]) -> Callable[..., bool]:
        def wait(condition: threading.Condition, timeout: float | None = None) -> bool:
            __tracebackhide__ = True
            try:
                return original(condition, timeout)
            finally:
                here().turns += 1

        return wait


def _is_over(thread: threading.Thread) -> bool:
    return not thread.is_alive()


def _shutting(executor: type[Executor]) -> list[type[Executor]]:
    """Return the standard library's executors that have a ``shutdown`` of their own."""
    known = [each for each in executor.__subclasses__() if each.__module__.startswith("concurrent")]
    return [each for each in known if "shutdown" in vars(each)]
