"""Processes: what goes to a process, or to a pool of processes, is a task.

What does not work: ``os.register_at_fork``. It cannot be taken back, there is none on Windows, and
it would meet children that are none of ours: a test that forks by hand, pytest-forked. Whatever
multiprocessing starts, by whichever method, comes through ``BaseProcess``: a forked child begins
in ``_bootstrap``, and a spawned one reads the process that was pickled for it, with our papers.

A pool's work is pickled with its task's number. Where the pool was forked it inherited the context
of the request that was served at that moment, and keeps it for whatever it is given later.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from types import ModuleType
from typing import TYPE_CHECKING, Any

from pytest_flaskctx.board import board
from pytest_flaskctx.flasknames import serving
from pytest_flaskctx.probes.base import Probe
from pytest_flaskctx.probes.handover import hand_over
from pytest_flaskctx.probes.threadpools import (
    callbacks,
    followed,
    once,
    or_over,
    ready,
    settled,
    terminated,
)
from pytest_flaskctx.probes.waits import marked, note_over, waited_by
from pytest_flaskctx.stacks import stop_at
from pytest_flaskctx.system import System
from pytest_flaskctx.tasks import Task, moments
from pytest_flaskctx.threadstate import here
from pytest_flaskctx.unasked import asked_of, attribute_of, module_of, namespace_of

if TYPE_CHECKING:
    from pytest_flaskctx.facts import OriginKind
    from pytest_flaskctx.papers import Papers, ProcessRun
    from pytest_flaskctx.parent import Book

    Handed = tuple[Task, ProcessRun]

_POOLS = ("concurrent.futures.", "multiprocessing.")
_PAPERS = "_pytest_flaskctx_papers"
"""The attribute of a process that tells it whose child it is, while it is started."""


class Processes(Probe):
    """``ProcessPoolExecutor``, ``multiprocessing.Process`` and ``Pool``."""

    name = "processes"
    modules = ("multiprocessing.process", "multiprocessing.pool", "concurrent.futures.process")

    def attach(self, module: ModuleType) -> None:
        """Wrap what hands over, what waits for it, and where a child begins."""
        names = vars(module)
        if module.__name__ == "multiprocessing.process":
            process = names["BaseProcess"]
            self.patches.replace(process, "start", self._start(process.start))
            self.patches.replace(process, "join", self._wait(process.join, _gone))
            self.patches.replace(process, "_bootstrap", self._bootstrap(process._bootstrap))
        elif module.__name__ == "concurrent.futures.process":
            executor = names["ProcessPoolExecutor"]
            self.patches.replace(executor, "submit", self._submit(executor.submit))
            self.patches.replace(executor, "shutdown", self._shutdown(executor.shutdown))
        else:
            self._attach_pool(names)

    def _attach_pool(self, names: dict[str, Any]) -> None:
        pool, several = names["Pool"], names["IMapIterator"]
        self._threads = names["ThreadPool"]
        self.patches.replace(pool, "apply_async", self._apply(pool.apply_async))
        for name in ("_map_async", "imap", "imap_unordered"):
            self.patches.replace(pool, name, self._map(getattr(pool, name)))
        result = names["ApplyResult"]
        self.patches.replace(result, "wait", self._wait(result.wait, result.ready))
        for name in ("next", "__next__"):
            self.patches.replace(several, name, self._wait(getattr(several, name), settled))

    def remove(self) -> None:
        """Take the instrumentation away, and what children wrote."""
        super().remove()
        book = vars(board).pop("children", None)
        if book is not None:
            book.clear()

    def _book(self) -> Book | None:
        """Return what knows of this process's children, unless it is one that was forked by hand."""
        if board.child is None and board.process != System.getpid():
            return None
        book = board.children
        if book is None:
            # No other run pays for importing it.
            from pytest_flaskctx.parent import Book

            # Of two threads that come at once both get the same one.
            made = Book(self.board.arrive, self.board.proxies, self.guarded)
            book = vars(board).setdefault("children", made)
        return book

    def _handed(self, kind: OriginKind, function: Callable[..., Any]) -> Handed | None:
        book = self._book()
        if book is None:
            return None
        book.open()
        task = hand_over(kind, sys._getframe(3), function, elsewhere=True)
        return (task, book.run(task, function)) if task is not None else None

    def _started(self, process: Any) -> Task | None:
        book = self._book()
        if book is None:
            return None
        book.open()
        # ``Pool()`` imports its module itself, and then starts its processes.
        self.board.look()
        target = attribute_of(process, "_target")
        pooled = module_of(type(process) if target is None else target).startswith(_POOLS)
        task = hand_over(
            "process",
            sys._getframe(3),
            asked_of(type(process), "run") if target is None else target,
            carries_work=not pooled,
            elsewhere=True,
        )
        if task is None:
            return None
        if attribute_of(process, "daemon") and not any(serving(code) for code, _ in task.raw):
            # A fixture's server, started under a context that the suite pushed for its tests: no
            # request handed it over, and nothing but the fixture ends it.
            task.recorder.live.pop(task.number, None)
        book.fork()
        namespace_of(process)[_PAPERS] = book.papers(task)
        return task

    def _submit(self, original: Callable[..., Any]) -> Callable[..., Any]:
        handed = self.guarded(self._handed)

        def submit(pool: Any, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
            known = handed("submit", fn) if self.live else None
            if known is None:
                return original(pool, fn, *args, **kwargs)
            task, run = known
            future = or_over(task, original, pool, run, *args, **kwargs)
            waited_by(task, future, pool)
            future.add_done_callback(_ending(task))
            return future

        return submit

    def _shutdown(self, original: Callable[..., None]) -> Callable[..., None]:
        note = self.guarded(note_over)

        def shutdown(pool: Any, wait: bool = True, **kwargs: Any) -> None:
            original(pool, wait, **kwargs)
            if self.live and wait:
                note(pool)
                here().closed = next(moments)

        return shutdown

    def _start(self, original: Callable[[Any], None]) -> Callable[[Any], None]:
        handed = self.guarded(self._started)

        def start(process: Any) -> None:
            task = handed(process) if self.live else None
            if task is None:
                return original(process)
            try:
                or_over(task, original, process)
            finally:
                namespace_of(process).pop(_PAPERS, None)
            # Not before: it would be pickled with the process.
            waited_by(task, process)
            task.cancelled = once(_gone, process)
            return None

        return start

    def _bootstrap(self, original: Callable[..., int]) -> Callable[..., int]:
        def _bootstrap(process: Any, *args: Any, **kwargs: Any) -> int:
            papers: Papers | None = namespace_of(process).pop(_PAPERS, None)
            if not papers or not self.live:
                return original(process, *args, **kwargs)
            self.guarded(papers.enter)()
            try:
                return original(process, *args, **kwargs)
            finally:
                self.guarded(papers.leave)()

        # What lies further out is the parent as it was when it forked.
        stop_at(_bootstrap.__code__)
        return _bootstrap

    def _apply(self, original: Callable[..., Any]) -> Callable[..., Any]:
        handed, registered = self.guarded(self._handed), self.guarded(_registered)

        def apply_async(pool: Any, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            known = handed("processpool", func) if self._is_ours(pool) else None
            if known is None:
                return original(pool, func, *args, **kwargs)
            task, run = known
            after = registered(pool, args, kwargs)
            if after is not None:
                kwargs = followed(after, kwargs)
                result = or_over(after, or_over, task, original, pool, run, *args, **kwargs)
            else:
                result = or_over(task, original, pool, run, *args, **kwargs)
            return _watched(task, pool, result)

        return apply_async

    def _map(self, original: Callable[..., Any]) -> Callable[..., Any]:
        handed = self.guarded(self._handed)

        def mapping(pool: Any, func: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
            known = handed("processpool", func) if self._is_ours(pool) else None
            if known is None:
                return original(pool, func, *args, **kwargs)
            task, run = known
            result = or_over(task, original, pool, run, *args, **kwargs)
            return _watched(task, pool, result)

        return mapping

    def _is_ours(self, pool: object) -> bool:
        """Whether the work of ``pool`` goes to processes: a pool of threads is one of pools too."""
        return self.live and not issubclass(type(pool), self._threads)

    def _wait(
        self, original: Callable[..., Any], over: Callable[[Any], bool]
    ) -> Callable[..., Any]:
        # Those of a pool of threads have no mark, and are counted by the probe of waits.
        note = self.guarded(
            lambda thing: note_over(thing) if marked(thing) and over(thing) else None
        )

        def wait(thing: Any, *args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            try:
                return original(thing, *args, **kwargs)
            finally:
                if self.live:
                    note(thing)

        return wait


def _registered(pool: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Task | None:
    """Return the one task of the callbacks that are given along."""
    functions = callbacks(args, kwargs)
    task = hand_over("processpool", sys._getframe(3), *functions) if functions else None
    if task is None:
        return None
    task.cancelled = terminated(pool)
    return task


def _ending(task: Task) -> Callable[[object], None]:
    """Return a callback of a future that ends its task."""

    def ended(_: object) -> None:
        task.ended()

    return ended


def _watched(task: Task, pool: Any, result: Any) -> Any:
    """Let a task of a multiprocessing pool be over when its result is there."""
    job = result if hasattr(result, "_job") else _newest(pool)
    if job is None:
        task.ended()
    else:
        waited_by(task, job, pool)
        task.cancelled = ready(pool, job)
    return result


def _newest(pool: Any) -> Any:
    """Return what a pool just made and hides behind a generator, unless all of it is done."""
    jobs = list(pool._cache.values())
    return max(jobs, key=lambda job: int(job._job), default=None)


def _gone(process: Any) -> bool:
    """Whether a process has ended; another process's child is none of this one's."""
    try:
        ended = _ended(process)
        return not process.is_alive() if ended is None else ended
    except (AssertionError, ValueError):
        return True


def _ended(process: Any) -> bool | None:
    """Whether a child that nobody waited for yet has ended; ``None`` where only it can tell.

    ``is_alive()`` takes a zombie away from a program that signals it or waits for it by hand.
    """
    popen: Any = getattr(process, "_popen", None)
    if getattr(popen, "method", "") not in ("fork", "spawn") or popen.returncode is not None:
        return None
    if not hasattr(os, "waitid"):  # Windows, and macOS before Python 3.13
        return None
    try:
        return os.waitid(os.P_PID, popen.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:
        return True
