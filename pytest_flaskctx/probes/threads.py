"""Threads: where each was started, and that what runs in it is a task.

``Thread.run`` is no place to stand: a subclass overrides it. ``_bootstrap_inner`` is private but
the one method that every thread of every subclass goes through in its own thread.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from types import MethodType
from typing import Any

from pytest_flaskctx.board import board
from pytest_flaskctx.probes.base import Probe
from pytest_flaskctx.probes.handover import hand_over
from pytest_flaskctx.probes.waits import waited_by
from pytest_flaskctx.running import begin, finish
from pytest_flaskctx.tasks import Task, due_in
from pytest_flaskctx.threadstate import here
from pytest_flaskctx.unasked import asked_of, attribute_of, module_of, namespace_of

_TASK = "_pytest_flaskctx_task"
_CONTEXT = "_context"
_RUNS = (threading.Thread.run, threading.Timer.run)
_POOLS = ("concurrent.futures.", "multiprocessing.", "flaskthreads.")


class Threads(Probe):
    """``threading.Thread``, its subclasses and ``Timer``."""

    name = "threads"

    def install(self) -> None:
        """Wrap starting a thread, and its first steps."""
        thread = threading.Thread
        self.patches.replace(thread, "start", self._start(thread.start))
        inner = thread._bootstrap_inner  # type: ignore[attr-defined]
        self.patches.replace(thread, "_bootstrap_inner", self._inner(inner))

    def _start(self, original: Callable[[Any], None]) -> Callable[[Any], None]:
        handed = self.guarded(_handed)

        def start(thread: threading.Thread) -> None:
            if not self.live:
                return original(thread)
            task = handed(thread)
            state = here()
            turns, heard = state.turns, state.heard
            try:
                return original(thread)
            except BaseException:
                if task is not None:
                    namespace_of(thread).pop(_TASK, None)
                    task.refused()
                raise
            finally:
                # It waits until the thread has begun, which says nothing of any task's end.
                state.turns, state.heard = turns, heard

        return start

    def _inner(self, original: Callable[[Any], None]) -> Callable[[Any], None]:
        def _bootstrap_inner(thread: threading.Thread) -> None:
            task = namespace_of(thread).pop(_TASK, None)
            state = here()
            state.name = _name(thread)
            state.started = task
            if task is None:
                return original(thread)
            before = begin(task)
            try:
                return original(thread)
            finally:
                finish(task, before)

        return _bootstrap_inner


def _handed(thread: threading.Thread) -> Task | None:
    space = namespace_of(thread)
    target = space.get("_target")
    if target is None:
        target = space.get("function")
    timer = issubclass(type(thread), threading.Timer)
    pooled = module_of(type(thread) if target is None else target).startswith(_POOLS)
    task = hand_over(
        "timer" if timer else "thread",
        sys._getframe(3),
        *_run(thread, target),
        args=_given(thread, "args", tuple, list),
        kwargs=_given(thread, "kwargs", dict),
        carries_work=not pooled,
        due=_due(thread) if timer else None,
    )
    if task is not None:
        space[_TASK] = task
        # The end of a pool's own thread tells of the work that it carried, whichever that was. It may
        # be joined by the garbage collector, wherever that runs.
        waited_by(task, thread)
        task.waits[0].tells = not pooled
    return task


def _run(thread: threading.Thread, target: object) -> list[object]:
    """Return what a thread runs: its target, and what has been put in the place of that.

    A class has that, or the thread itself. A method is bound: what such a thread is given, it keeps
    as attributes. From Python 3.14 on there may be the context that it was made to run in; what it
    inherits, nobody gave it.
    """
    run = asked_of(type(thread), "run")
    functions = [] if target is None else [target]
    own = all(run is not each for each in _RUNS)
    if callable(run) and (target is None or own):
        functions.append(MethodType(run, thread))
    kept = namespace_of(thread)
    put = kept.get("run")
    if put is not None:
        functions.append(put)
    context = kept.get(_CONTEXT)
    if context is not None and not board.inherits:
        functions.append(context)
    return functions


def _given(thread: threading.Thread, name: str, *kinds: type) -> Any:
    """Return the arguments that a thread, or a timer, keeps for its function."""
    space = namespace_of(thread)
    known = [space.get(each) for each in (f"_{name}", name)]
    # By identity, and for their length: anything may be kept by such a name.
    fit = (each for each in known if any(type(each) is kind for kind in kinds) and len(each))
    return next(fit, kinds[0]())


def _name(thread: threading.Thread) -> str:
    found = attribute_of(thread, "name")
    return found if type(found) is str else ""


def _due(timer: threading.Thread) -> float | None:
    """Return when a timer begins; ``None`` if it never does."""
    interval = attribute_of(timer, "interval")
    return due_in(interval) if issubclass(type(interval), (int, float)) else None
