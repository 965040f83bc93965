"""Waiting: which tasks the program itself waits for.

A task that is waited for does not run beside the thread that handed it over, whatever the clock
says: ``pool.submit(work).result()`` may be done before ``result`` is called.

What does not work: looking where the thread stands while its task runs. The one may be done
before the other waits, so that a right program is accused now and then. Who waits for a future, a
thread or a pool is known to wait for just that. Of who waits for an event, a condition or a queue
it is not known what for: such waits are counted, one each, whether or not there was anything to
wait for by then; and so is what another thread tells an event loop (see ``loops``). Not seen are
the waits that C makes by itself, ``lock.acquire()`` and ``SimpleQueue.get()``.
"""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future, _base
from concurrent.futures.thread import ThreadPoolExecutor
from contextlib import suppress
from types import ModuleType
from typing import Any

from pytest_flaskctx.board import board
from pytest_flaskctx.contexts import bound_context
from pytest_flaskctx.probes import loops
from pytest_flaskctx.probes.base import Probe, Switchboard
from pytest_flaskctx.records import record_of
from pytest_flaskctx.tasks import RequestRecord, Task, Waited, moments
from pytest_flaskctx.threadstate import ThreadState, here
from pytest_flaskctx.unasked import attribute_of

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
    mark = _mark_of(thing)
    if mark is None:
        mark = Waited()
        # A class of the user's may refuse that, and is not asked; what has slots refuses it itself.
        with suppress(AttributeError, TypeError):
            object.__setattr__(thing, _MARK, mark)
    return mark


def _mark_of(thing: object) -> Waited | None:
    """Return what is known of ``thing``, which may be of a class of the user's and is not asked.

    Not by its ``__dict__``: whatever goes by that makes every later look at its attributes slower.
    """
    kind = type(thing)
    if kind is Future or kind is ThreadPoolExecutor:
        # The quick way, for what comes with each hand-over and each result.
        mark: Waited | None = getattr(thing, _MARK, None)
    else:
        mark = attribute_of(thing, _MARK)
    return mark


def marked(thing: object) -> bool:
    """Whether ``thing`` is one that a task may be waited for by."""
    return _mark_of(thing) is not None


def shares(thing: object) -> bool:
    """Whether a context goes along with the task that may be waited for by ``thing``."""
    mark = _mark_of(thing)
    return mark is not None and mark.shares


def waited_by(task: Task, *things: object) -> None:
    """Let a wait for any of ``things``, its future, thread or pool, be one for ``task``."""
    task.waits = tuple(map(waited, things))


def note_over(
    thing: object, thread: ThreadState | None = None, *, over: bool = True, waits: bool = True
) -> None:
    """Note that this thread waited for ``thing``.

    Args:
        thing: a future, a thread or a pool.
        thread: this thread's record, where the caller has it.
        over: whether that has come to its end.
        waits: whether it was waited for, and not only heard of.
    """
    mark = _mark_of(thing)
    if thread is None:
        thread = here()
    if mark is None:
        thread.turns += waits
        if over:
            thread.heard = next(moments)
        return
    if over and mark.tells:
        thread.heard = next(moments)
        if not mark.at:
            mark.at = thread.heard
    if not waits or (thread.task is not None and _waits_for_nobody(thread.task)):
        return
    # As in _served(): a call less, for this comes with each result.
    serving = thread.request if thread.request is not None else thread.hidden
    if serving is not None:
        record = serving._pytest_flaskctx
        # One that a client keeps for the test's body is over: the test waits, not the request.
        request = record.request if not record.kept else _of_task(thread)
    else:
        request = _of_task(thread) or _bound()
    if request not in mark.by:
        mark.by = (*mark.by, request)


def _waits_for_nobody(task: Task) -> bool:
    """Whether what a task waits for is nothing that a request waits for by it.

    A pool's own thread carries everybody's work, and a callback asks a future that is done.
    """
    return not task.carries_work or task.kind == "callback"


def note_asked(thing: object) -> None:
    """Note that this thread asked after ``thing`` in vain, or called it off, or has a loop do so."""
    mark = _mark_of(thing)
    if mark is not None:
        request = _served(here())
        if request not in mark.asked:
            mark.asked = (*mark.asked, request)


def _served(thread: ThreadState) -> RequestRecord | None:
    """Return the request in whose name a thread waits."""
    serving = thread.serving
    if serving is None:
        return _of_task(thread) or _bound()
    record = serving._pytest_flaskctx
    return record.request if not record.kept else _of_task(thread)


def _of_task(thread: ThreadState) -> RequestRecord | None:
    return thread.task.request if thread.task is not None else None


def _bound() -> RequestRecord | None:
    """Return the request of the context that is bound here, which came from another thread.

    A coroutine that a view gave to a loop in the background waits in that request's name.
    """
    context = bound_context()
    record = record_of(context) if context is not None else None
    return record.request if record is not None and not record.over else None


class Waits(Probe):
    """``Future.result``, ``wait``, ``join``, ``shutdown`` and their like; events and queues."""

    name = "waits"
    modules = ("multiprocessing.pool", "asyncio.futures", "asyncio.base_events")

    def __init__(self, switches: Switchboard) -> None:
        super().__init__(switches)
        self._asked = self.guarded(note_asked)
        self._wanted = False

    def switch_off(self, error: BaseException) -> None:
        """Switch this probe off, and let nobody be accused of not having waited."""
        super().switch_off(error)
        board.waits_unseen |= self._wanted

    def install(self) -> None:
        """Wrap what waits, and what asks whether there is something to wait for."""
        self._wanted, board.waits_unseen = True, False
        note = self.guarded(note_over)
        done = Future.done
        for name in ("result", "exception"):
            self.patches.replace(Future, name, self._result(getattr(Future, name), done, note))
        # What asyncio asks from Python 3.15 on, in the place of all of these.
        for name in ("done", *vars(Future).keys() & {"_get_snapshot"}):
            self.patches.replace(Future, name, self._after(getattr(Future, name), done, note))
        thread, alive = threading.Thread, threading.Thread.is_alive
        for name in ("join", "is_alive"):
            original = getattr(thread, name)
            self.patches.replace(thread, name, self._after(original, _over(alive), note))
        self._replace_several(done, note)
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
        """Wrap what waits for results of a ``ThreadPool``, and what tells event loops."""
        if module.__name__ == "asyncio.futures":
            codes = loops.chained(module)
            register = loops.registered(
                Future.add_done_callback, shares, codes, self._is_live, self.guarded
            )
            self.patches.replace(Future, "add_done_callback", register)
        elif module.__name__ == "asyncio.base_events":
            loop = module.BaseEventLoop
            tell = loops.told(loop.call_soon_threadsafe, self._is_live, self.guarded)
            self.patches.replace(loop, "call_soon_threadsafe", tell)
        else:
            self._attach_pools(module)

    def _is_live(self) -> bool:
        return self.live

    def _attach_pools(self, module: ModuleType) -> None:
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
                    self._tell(thing, over, note)

        return wait

    def _tell(
        self, thing: object, over: Callable[[Any], bool], note: Callable[[object], None]
    ) -> None:
        """Note that ``thing`` was waited for, or in vain."""
        try:
            noted = note if over(thing) else self._asked
        except Exception:
            # It is not what it should be, a thread that was never initialised say: the program
            # is being told so by what it called.
            return
        noted(thing)

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
                    self._tell(future, done, note)
                raise
            thread.turns = turns
            if self.live:
                try:
                    note_over(future, thread)
                except Exception as error:  # our failure must never be the user's
                    self.failed(error)
            return result

        return wait

    def _replace_several(self, done: Callable[[Any], bool], note: Callable[..., None]) -> None:
        """Wrap what ``wait`` and ``as_completed`` use, by whatever name these were imported."""
        begun, told = _base._AcquireFutures, _base.DoneAndNotDoneFutures
        each = vars(_base)["_yield_finished_futures"]
        self.patches.replace(begun, "__init__", self._several(begun.__init__, done, note))
        self.patches.replace(told, "__new__", staticmethod(self._told(told.__new__, note)))
        self.patches.replace(_base, each.__name__, self._each(each, note))

    def _several(
        self,
        original: Callable[..., None],
        done: Callable[[Any], bool],
        note: Callable[..., None],
    ) -> Callable[..., None]:
        def init(acquire: Any, futures: Any) -> None:
            original(acquire, futures)
            if not self.live:
                return
            # Who may give up after a time asks; who waits for the first of them waits for that.
            timed = sys._getframe(1).f_locals.get("timeout") is not None
            for future in acquire.futures:
                if not marked(future):
                    note(future, over=done(future))
                elif timed:
                    self._asked(future)

        return init

    def _told(
        self, original: Callable[..., Any], note: Callable[[object], None]
    ) -> Callable[..., Any]:
        # What wait() returns; not what somebody makes of the same class.
        def new(cls: Any, done: Any, not_done: Any) -> Any:
            if self.live and sys._getframe(1).f_globals is _FUTURES:
                for future in filter(marked, done):
                    note(future)
            return original(cls, done, not_done)

        return new

    def _each(
        self, original: Callable[..., Any], note: Callable[[object], None]
    ) -> Callable[..., Any]:
        def passed(future: Any) -> Any:
            if self.live and marked(future):
                note(future)
            return future

        # Neither this nor map() keeps what was passed on alive.
        def yield_finished(*args: Any, **kwargs: Any) -> Any:
            return map(passed, original(*args, **kwargs))

        return yield_finished

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
    return bool(attribute_of(pool, "_state", "RUN") != "RUN")


def _shutting(executor: type[Executor]) -> list[type[Executor]]:
    """Return the standard library's executors that have a ``shutdown`` of their own."""
    known = [each for each in executor.__subclasses__() if each.__module__.startswith("concurrent")]
    return [each for each in known if "shutdown" in vars(each)]
