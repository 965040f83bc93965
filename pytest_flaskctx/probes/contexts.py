"""Pushes and pops of Flask's contexts: who owns a context, and whether it is alive."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

from pytest_flaskctx.contexts import (
    RECORD,
    context_slots,
    copying,
    popped_app,
    popped_request,
    pushed_app,
    pushed_request,
    request_variables,
)
from pytest_flaskctx.flasknames import (
    CONTEXT_MODULE,
    context_classes,
    copying_functions,
    request_variable,
)
from pytest_flaskctx.probes import sharing
from pytest_flaskctx.probes.base import Probe
from pytest_flaskctx.recorder import board
from pytest_flaskctx.tasks import Workload

Pushed = Callable[[Any, Workload], bool]
Popped = Callable[[Any], None]

_ABSENT: Any = object()
"""Flask has a default of its own for this argument."""


class Contexts(Probe):
    """``push`` and ``pop`` of the application and the request context."""

    name = "contexts"
    modules = (CONTEXT_MODULE,)

    def attach(self, module: ModuleType) -> None:
        """Wrap the context classes of a Flask that was imported."""
        for cls, slot in context_classes(module):
            # Apart, so that no attribute is looked up by a name: these run in each request.
            of_request = slot == "request"
            pushed: Pushed = pushed_request if of_request else pushed_app
            popped: Popped = popped_request if of_request else popped_app
            self.patches.replace(cls, RECORD, None)
            context_slots[cls] = slot
            self.patches.add(partial(context_slots.__delitem__, cls))
            self.patches.replace(cls, "push", self._push(vars(cls)["push"], pushed))
            self.patches.replace(cls, "pop", self._pop(vars(cls)["pop"], popped))
        for code in copying_functions(module):
            copying[id(code)] = code
            self.patches.add(partial(copying.__delitem__, id(code)))
        variable = request_variable(module)
        if variable is not None:
            request_variables.append(variable)
            self.patches.add(lambda: request_variables.remove(variable))

    def _push(self, original: Callable[..., None], pushed: Pushed) -> Callable[..., None]:
        def push(context: Any) -> None:
            # Before the original: opening a session may already use the proxies.
            recorder = board.current
            if self.live and recorder is not None:
                try:
                    if pushed(context, recorder):
                        sharing.entered(context, self.guarded)
                except Exception as error:  # our failure must never be the user's
                    self.failed(error)
            return original(context)

        return push

    def _pop(self, original: Callable[..., None], popped: Popped) -> Callable[..., None]:
        def pop(context: Any, exc: Any = _ABSENT) -> None:
            # After the original: teardown functions still run in this context.
            try:
                return original(context) if exc is _ABSENT else original(context, exc)
            finally:
                if self.live:
                    try:
                        popped(context)
                    except Exception as error:  # our failure must never be the user's
                        self.failed(error)

        return pop
