"""Task queues in eager mode: the task runs in the thread that asks for it.

In a test it runs under the contexts of the request that it came from; in production it runs in a
process where none of them is. A worker runs a task by the same functions, or by others: where no
request is bound there is nothing to see, and nothing is done.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from pytest_flaskctx.contexts import bound_request
from pytest_flaskctx.probes.atonce import AtOnce
from pytest_flaskctx.probes.base import Probe
from pytest_flaskctx.probes.handover import hand_over
from pytest_flaskctx.running import Run
from pytest_flaskctx.tasks import Task
from pytest_flaskctx.threadstate import here

_RUNNERS = {
    "celery.app.task": ("Task", "apply"),
    "rq.job": ("Job", "perform"),
    "huey.api": ("Huey", "execute"),
}
"""By module: the class and the method that run a task to its end."""

_CALLBACKS = {
    "execute_success_callback": "_success_callback_name",
    "execute_failure_callback": "_failure_callback_name",
}
"""What runs a callback of a job of RQ's, with the job's attribute that names one: methods of the
job up to RQ 2, functions that the queue imports from RQ 3 on."""


class Eager(Probe):
    """Celery's ``task_always_eager`` and ``apply``, RQ's ``is_async=False``, Huey's ``immediate``."""

    name = "eager"
    modules = (*_RUNNERS, "rq.queue")

    def attach(self, module: ModuleType) -> None:
        """Wrap what runs a task, once the suite imports its library."""
        runner: Any = module
        if module.__name__ in _RUNNERS:
            owner, method = _RUNNERS[module.__name__]
            runner = vars(module)[owner]
            self.patches.replace(runner, method, self._run(getattr(runner, method)))
        for name in _CALLBACKS.keys() & vars(runner).keys():
            self.patches.replace(runner, name, self._run(getattr(runner, name), _CALLBACKS[name]))

    def _run(self, original: Callable[..., Any], needs: str = "") -> Callable[..., Any]:
        handed = self.guarded(_handed)

        def run(*args: Any, **kwargs: Any) -> Any:
            __tracebackhide__ = True
            task = handed(args, needs) if self.live else None
            if task is None:
                return original(*args, **kwargs)
            with AtOnce(task):
                return Run(task, original)(*args, **kwargs)

        return run


def _handed(args: tuple[Any, ...], needs: str) -> Task | None:
    if needs and not getattr(args[0], needs):
        return None
    if bound_request(here()) is None:
        return None
    return hand_over("eager", sys._getframe(3))
