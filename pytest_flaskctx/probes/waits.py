"""Waiting: which tasks the program itself waits for.

A task that is waited for does not run beside the thread that handed it over, whatever the clock
says: ``pool.submit(work).result()`` may be done before ``result`` is called.

What does not work: looking where the thread stands while its task runs. The one may be done
before the other waits, so that a right program is accused now and then. Who waits for a future,
a thread or a pool is known to wait for just that. Of who waits for an event, a condition or a
queue it is not known what for: such waits are counted, one each, whether or not there was
anything to wait for by then. Not seen are the waits that C makes by itself, ``lock.acquire()``
and ``SimpleQueue.get()``.
"""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, _base
from types import ModuleType
from typing import Any

from pytest_flaskctx.probes.base import Probe, Switchboard
from pytest_flaskctx.tasks import RequestRecord, Task, Waited, moments
from pytest_flaskctx.threadstate import ThreadState, here

_MARK = "_pytest_flaskctx_waited"
_FUTURES = vars(_base)
_NEVER = object()
_UNTOLD: tuple[tuple[type, str, object], ...] = (
    (threading.Condition, "wait_for", False),
    (threading.Event, "wait", False),
    (threading.Barrier, "wait", _NEVER),
    (queue.Queue, "get", _NEVER),
    (queue.Queue, "join", _NEVER),
)
"""Methods that wait, and do not tell for what, each with what it returns when it waited in vain.

As does ``Condition.wait``, on which most of them stand."""

_HEAPTYPE, _IMMUTABLE = 1 << 9, 1 << 8
_CHANGEABLE = _HEAPTYPE | _IMMUTABLE
"""Flags of types that tell whether one may set their attributes."""

_CALLS_OFF: tuple[tuple[type, str], ...] = ((Future, "cancel"), (threading.Timer, "cancel"))
"""Methods that let a task not begin, if it has not yet."""


def waited(thing: object) -> Waited:
    """Return what is known of who waited for ``thing``."""
    # Not by its ``__dict__``: whatever goes by that makes every later look at its attributes slower.
    mark: Waited | None = getattr(thing, _MARK, None)
    if mark is None:
        mark = Waited()
        setattr(thing, _MARK, mark)
    return mark


def marked(thing: object) -> bool:
    """Whether ``thing`` is one that a task may be waited for by."""
    return getattr(thing, _MARK, None) is not None


def waited_by(task: Task, *things: object) -> None:
    """Let a wait for any of ``things``, its future, thread or pool, be one for ``task``."""
    task.waits = tuple(map(waited, things))


def note_over(thing: object, *, over: bool = True, waits: bool = True) -> None:
    """Note that this thread waited for ``thing``.

    Args:
        thing: a future, a thread or a pool.
        over: whether that has come to its end.
        waits: whether it was waited for, and not only heard of.
    """
    mark: Waited | None = getattr(thing, _MARK, None)
    thread = here()
    if mark is None:
        thread.turns += waits
        return
    if over and mark.tells:
        thread.heard = next(moments)
        if not mark.at:
            mark.at = thread.heard
    if not waits or (thread.task is not None and _waits_for_nobody(thread.task)):
        return
    # As in _served(): a call less, for this comes with each result.
    request = thread.task.request if thread.task is not None else None
    serving = thread.request if thread.request is not None else thread.hidden
    if serving is not None:
        record = serving._pytest_flaskctx
        # One that a client keeps for the test's body is over: the test waits, not the request.
        if not record.kept:
            request = record.request
    if request not in mark.by:
        mark.by = (*mark.by, request)


def _waits_for_nobody(task: Task) -> bool:
    """Whether what a task waits for is nothing that a request waits for by it.

    A pool's own thread carries everybody's work, and a callback asks a future that is done.
    """
    return not task.carries_work or task.kind == "callback"


def note_asked(thing: object) -> None:
    """Note that this thread asked after ``thing`` in vain, or called it off, or has a loop do so."""
    mark: Waited | None = getattr(thing, _MARK, None)
    if mark is not None:
        request = _served(here())
        if request not in mark.asked:
            mark.asked = (*mark.asked, request)


def _served(thread: ThreadState) -> RequestRecord | None:
    """Return the request in whose name a thread waits."""
    request: RequestRecord | None = thread.task.request if thread.task is not None else None
    serving = thread.serving
    if serving is not None and not serving._pytest_flaskctx.kept:
        request = serving._pytest_flaskctx.request
    return request


class Waits(Probe):
    """``Future.result``, ``wait``, ``join``, ``shutdown`` and their like; events and queues."""

    name = "waits"
    modules = ("multiprocessing.pool",)

    def __init__(self, board: Switchboard) -> None:
        super().__init__(board)
        self._asked = self.guarded(note_asked)

    def install(self) -> None:
        """Wrap what waits, and what asks whether there is something to wait for."""
        note = self.guarded(note_over)
        done = Future.done
        for name in ("result", "exception"):
            self.patches.replace(Future, name, self._result(getattr(Future, name), done, note))
        self.patches.replace(Future, "done", self._after(done, done, note))
        thread, alive = threading.Thread, threading.Thread.is_alive
        for name in ("join", "is_alive"):
            original = getattr(thread, name)
            self.patches.replace(thread, name, self._after(original, _over(alive), note))
        # Both wait() and as_completed() begin with it, by whatever name they were imported.
        several = _base._AcquireFutures
        self.patches.replace(several, "__init__", self._several(several.__init__, done, note))
        for executor in _shutting(Executor):
            shutdown = vars(executor)["shutdown"]
            self.patches.replace(executor, "shutdown", self._shutdown(shutdown, note))
        condition = threading.Condition
        self.patches.replace(condition, "wait", self._wait(condition.wait))
        for owner, name, vain in _UNTOLD:
            # Of gevent's C type, where that patched first, nothing can be replaced; the switches
            # of its greenlets are counted.
            if owner.__flags__ & _CHANGEABLE == _HEAPTYPE:
                self._replace_untold(owner, name, vain)
        semaphore = threading.Semaphore
        entered = self._acquire(semaphore.acquire)
        for name in ("acquire", "__enter__"):
            self.patches.replace(semaphore, name, entered)
        for owner, name in _CALLS_OFF:
            self.patches.replace(owner, name, self._call_off(getattr(owner, name)))

    def attach(self, module: ModuleType) -> None:
        """Wrap what waits for results of a ``ThreadPool``."""
        join = vars(module)["Pool"].join
        note = self.guarded(note_over)
        self.patches.replace(module.Pool, "join", self._after(join, _closed, note))
        self._replace_untold(vars(module)["ApplyResult"], "ready", False)
        for name in ("next", "__next__"):
            self._replace_untold(vars(module)["IMapIterator"], name, _NEVER)

    def _after(
        self,
        original: Callable[..., Any],
        over: Callable[[Any], bool],
        note: Callable[[object], None],
    ) -> Callable[..., Any]:
        def wait(thing: Any, *args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            thread = here()
            turns = thread.turns
            try:
                return original(thing, *args, **kwargs)
            finally:
                # By what means it waits is nothing more to count.
                thread.turns = turns
                if self.live:
                    if over(thing):
                        note(thing)
                    else:
                        self._asked(thing)

        return wait

    def _result(
        self,
        original: Callable[..., Any],
        done: Callable[[Any], bool],
        note: Callable[[object], None],
    ) -> Callable[..., Any]:
        # Like _after, for what comes with most hand-overs: who gets a result need not ask.
        def wait(future: Any, timeout: float | None = None) -> Any:
            __tracebackhide__ = True
            thread = here()
            turns = thread.turns
            try:
                result = original(future, timeout)
            except BaseException:
                thread.turns = turns
                if self.live:
                    if done(future):
                        note(future)
                    else:
                        self._asked(future)
                raise
            thread.turns = turns
            if self.live:
                try:
                    note_over(future)
                except Exception as error:  # our failure must never be the user's
                    self.failed(error)
            return result

        return wait

    def _several(
        self,
        original: Callable[..., None],
        done: Callable[[Any], bool],
        note: Callable[..., None],
    ) -> Callable[..., None]:
        def init(acquire: Any, futures: Any) -> None:
            original(acquire, futures)
            for future in acquire.futures if self.live else ():
                note(future, over=done(future))

        return init

    def _call_off(self, original: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def cancel(thing: Any) -> Any:
            if self.live:
                self._asked(thing)
            return original(thing)

        return cancel

    def _shutdown(
        self, original: Callable[..., None], note: Callable[[object], None]
    ) -> Callable[..., None]:
        def shutdown(pool: Any, wait: bool = True, **kwargs: Any) -> None:
            original(pool, wait, **kwargs)
            if self.live and wait:
                note(pool)
                here().closed = next(moments)

        return shutdown

    def _wait(self, original: Callable[..., bool]) -> Callable[..., bool]:
        # Like the one below, for what comes with most results.
        def wait(condition: threading.Condition, timeout: float | None = None) -> bool:
            __tracebackhide__ = True
            thread = here()
            turns = thread.turns
            try:
                told = original(condition, timeout)
            except BaseException:
                thread.turns = turns
                raise
            unknown = sys._getframe(1).f_globals is not _FUTURES
            thread.turns = turns + unknown
            if told:
                thread.heard = next(moments)
                thread.fed += unknown
            return told

        return wait

    def _replace_untold(self, owner: type, name: str, vain: object) -> None:
        original = getattr(owner, name)

        def wait(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            thread = here()
            turns, fed = thread.turns, thread.fed
            try:
                told = original(*args, **kwargs)
            except BaseException:
                thread.turns, thread.fed = turns, fed
                raise
            # `wait` and `as_completed` are known to wait for just their futures.
            unknown = sys._getframe(1).f_globals is not _FUTURES
            thread.turns, thread.fed = turns + unknown, fed
            if told is not vain:
                thread.heard = next(moments)
                thread.fed += unknown
            return told

        self.patches.replace(owner, name, wait)

    def _acquire(self, original: Callable[..., bool]) -> Callable[..., bool]:
        # A pool asks its own, without waiting, at each hand-over.
        def acquire(
            semaphore: threading.Semaphore, blocking: bool = True, timeout: float | None = None
        ) -> bool:
            __tracebackhide__ = True
            thread = here()
            turns, heard, fed = thread.turns, thread.heard, thread.fed
            told = original(semaphore, blocking, timeout)
            if told and timeout != 0:
                thread.turns, thread.heard, thread.fed = turns + 1, next(moments), fed + 1
            else:
                thread.turns, thread.heard, thread.fed = turns, heard, fed
            return told

        return acquire


def _over(alive: Callable[[threading.Thread], bool]) -> Callable[[threading.Thread], bool]:
    return lambda thread: not alive(thread)


def _closed(pool: Any) -> bool:
    """Whether a pool could be joined at all."""
    return getattr(pool, "_state", "RUN") != "RUN"


def _shutting(executor: type[Executor]) -> list[type[Executor]]:
    """Return the standard library's executors that have a ``shutdown`` of their own."""
    known = [each for each in executor.__subclasses__() if each.__module__.startswith("concurrent")]
    return [each for each in known if "shutdown" in vars(each)]
