"""Greenlets of gevent: each is a thread here, with contexts and a task of its own.

``Greenlet`` is a type of C's that takes no patch; gevent tells of each one that is started. Where
the suite was patched before this package was imported, ``threading.local`` is one of greenlets
already. Anywhere else the greenlets of a thread share what it knows of itself, so that is changed
with each switch between them. A switch is a wait as well: the others go on meanwhile.
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Callable
from types import ModuleType
from typing import Any

from pytest_flaskctx.probes.base import Probe, Switchboard
from pytest_flaskctx.probes.handover import hand_over
from pytest_flaskctx.running import Run
from pytest_flaskctx.tasks import Task, moments
from pytest_flaskctx.threadstate import ThreadState, here, mine
from pytest_flaskctx.unasked import module_of

_THREADS = "threading"
_SHARED = not type(mine).__module__.startswith("gevent")
_SWITCHES = ("switch", "throw")
Trace = Callable[[str, Any], object]


class Greenlets(Probe):
    """``gevent.spawn``, pools of greenlets, and gevent's own thread pool."""

    name = "greenlets"
    modules = ("gevent.greenlet", "gevent.threadpool")

    def __init__(self, board: Switchboard) -> None:
        super().__init__(board)
        self._states: weakref.WeakKeyDictionary[Any, ThreadState] = weakref.WeakKeyDictionary()
        self._traces: list[Trace] = []

    def attach(self, module: ModuleType) -> None:
        """Ask to be told of each greenlet that is started, and wrap the pool of threads."""
        if module.__name__ == "gevent.threadpool":
            pool = vars(module)["ThreadPool"]
            self.patches.replace(pool, "spawn", self._spawn(pool.spawn))
            return
        started = self.guarded(self._started)
        greenlet = vars(module)["Greenlet"]
        greenlet.add_spawn_callback(started)
        self.patches.add(lambda: greenlet.remove_spawn_callback(started))

    def _started(self, greenlet: Any) -> None:
        self._trace()
        work = greenlet._run
        module = module_of(work)
        # A patched thread is known as one.
        if module != _THREADS:
            own = module.startswith("gevent.")
            task = hand_over("greenlet", sys._getframe(2), work, more=None, carries_work=not own)
            if task is not None:
                greenlet._run = Run(task, work)
                task.cancelled = _over(greenlet)

    def _spawn(self, original: Callable[..., Any]) -> Callable[..., Any]:
        handed = self.guarded(_handed)

        def spawn(pool: Any, func: Any, *args: Any, **kwargs: Any) -> Any:
            task = handed(func) if self.live else None
            run = func if task is None else Run(task, func)
            return original(pool, run, *args, **kwargs)

        return spawn

    def _trace(self) -> None:
        """Follow the switches of this thread, unless that is done already."""
        greenlet = sys.modules["greenlet"]
        before: Trace | None = greenlet.gettrace()
        if before in self._traces:
            return
        follow = self.guarded(self._follow)

        def trace(event: str, args: Any) -> None:
            if self.live and event in _SWITCHES:
                follow(*args)
            if before is not None:
                before(event, args)

        def undo() -> None:
            self._traces.remove(trace)
            if greenlet.gettrace() is trace:
                greenlet.settrace(before)

        self._traces.append(trace)
        greenlet.settrace(trace)
        self.patches.add(undo)

    def _follow(self, origin: Any, target: Any) -> None:
        """Take along what this thread knew of itself in ``origin``, bring what it did in ``target``."""
        if _SHARED:
            known = vars(mine)
            state = known.pop("state", None)
            if state is not None:
                self._states[origin] = state
            state = self._states.pop(target, None)
            if state is not None:
                known["state"] = state
        thread = here()
        thread.turns += 1
        thread.heard = next(moments)


def _over(greenlet: Any) -> Callable[[], bool]:
    """Return what tells whether a greenlet will not run any more: it may be killed unbegun."""
    alive = weakref.ref(greenlet)

    def over() -> bool:
        greenlet = alive()
        return greenlet is None or bool(greenlet.ready())

    return over


def _handed(func: Any) -> Task | None:
    task = hand_over("greenlet", sys._getframe(3), func, more=None)
    if task is not None and task.departure is not None:
        # A result that is there already is got without a switch, which is all that is seen of waits.
        task.departure.tells.clear()
    return task
