"""``Future.add_done_callback``: a callback that a request registers is a task of its own.

It runs in the worker that completes the future; if the future is done already, in the thread that
registers it. Which of the two is luck, so the second is recorded as what the first would have
been: the thread's own contexts are hidden from the comparison while it runs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import Any

from pytest_flaskctx.contexts import bound_request
from pytest_flaskctx.probes.atonce import AtOnce
from pytest_flaskctx.probes.base import Probe
from pytest_flaskctx.probes.handover import hand_over
from pytest_flaskctx.probes.waits import marked, note_asked, note_over, waited
from pytest_flaskctx.running import Run
from pytest_flaskctx.tasks import Task
from pytest_flaskctx.threadstate import here
from pytest_flaskctx.unasked import module_of

_LOOPS = "asyncio.futures"
_PASSERS = (_LOOPS, "pytest_flaskctx.probes.processes")

Callback = Callable[["Future[Any]"], object]


class Callbacks(Probe):
    """Done-callbacks of executors' futures."""

    name = "callbacks"

    def install(self) -> None:
        """Wrap ``add_done_callback``."""
        original = Future.add_done_callback
        self.patches.replace(Future, "add_done_callback", self._add(original))

    def _add(self, original: Callable[..., None]) -> Callable[..., None]:
        handed = self.guarded(_handed)
        note = self.guarded(partial(note_over, waits=False))

        def add_done_callback(future: Future[Any], fn: Callback) -> None:
            task = handed(future, fn) if self.live else None
            if task is None:
                return original(future, fn)
            run = CallbackRun(task, fn, note)
            try:
                return original(future, run)
            finally:
                run.registering = 0

        return add_done_callback


class CallbackRun(Run):
    """A callback in its place, which notices when it runs during its own registration."""

    __slots__ = ("_note", "registering")

    def __init__(self, task: Task, function: Callback, note: Callable[[object], None]) -> None:
        super().__init__(task, function)
        self._note = note
        self.registering = here().token

    def __call__(self, /, *args: Any, **kwargs: Any) -> Any:
        __tracebackhide__ = True
        # Who is called back with a future need not ask whether it is done.
        for future in args:
            self._note(future)
        if self.registering != here().token:
            return super().__call__(*args, **kwargs)
        with AtOnce(self._task):
            return super().__call__(*args, **kwargs)


def _handed(future: Future[Any], function: Callback) -> Task | None:
    module = module_of(function)
    if module in _PASSERS:
        if module == _LOOPS:
            # A loop waits for it, in the place of what runs there.
            note_asked(future)
        return None
    thread = here()
    task: Task | None = thread.task
    if bound_request(thread) is None and (task is None or task.request is None):
        return None
    made = hand_over("callback", sys._getframe(3), function, more=1)
    # Of a future that no pool knows nobody knows who waits for what.
    if made is not None and made.departure is not None and marked(future):
        made.departure.beside = (waited(future),)
    return made
