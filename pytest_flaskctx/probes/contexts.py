"""Pushes and pops of Flask's contexts: who owns a context, and whether it is alive."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextvars import ContextVar
from functools import partial
from types import FrameType, ModuleType
from typing import Any

from pytest_flaskctx.board import board
from pytest_flaskctx.contexts import app_variables, context_slots, copying, request_variables
from pytest_flaskctx.flasknames import (
    APP_MODULE,
    CONTEXT_MODULE,
    PUSHES_FOR_FLASK,
    Slot,
    app_class,
    app_variable,
    context_classes,
    copying_functions,
    function_name,
    request_variable,
)
from pytest_flaskctx.probes import leaving, outliving, sharing
from pytest_flaskctx.probes.base import Probe
from pytest_flaskctx.probes.bound import looked_at
from pytest_flaskctx.pushes import (
    copied,
    popped_app,
    popped_merged,
    popped_request,
    pushed_app,
    pushed_merged,
    pushed_request,
)
from pytest_flaskctx.records import RECORD, Departure
from pytest_flaskctx.workloads import Workload

Pushed = Callable[[Any, Workload], bool]
Popped = Callable[[Any], Sequence[Departure]]

_ABSENT: Any = object()
"""Flask has a default of its own for this argument."""


class Contexts(Probe):
    """``push`` and ``pop`` of the application and the request context."""

    name = "contexts"
    modules = (CONTEXT_MODULE, APP_MODULE)

    def attach(self, module: ModuleType) -> None:
        """Wrap the context classes of a Flask that was imported, and what makes its test clients."""
        if module.__name__ == APP_MODULE:
            cls = app_class(module)
            self.patches.replace(cls, "test_client", self._client(vars(cls)["test_client"]))
            return
        for cls, slot in context_classes(module):
            pushed, popped = _notes(slot)
            self.patches.replace(cls, RECORD, None)
            context_slots[cls] = slot
            self.patches.add(partial(context_slots.__delitem__, cls))
            self.patches.replace(cls, "push", self._push(vars(cls)["push"], pushed))
            self.patches.replace(cls, "pop", self._pop(vars(cls)["pop"], popped))
            if "copy" in vars(cls):
                self.patches.replace(cls, "copy", self._copy(vars(cls)["copy"]))
        for code in copying_functions(module):
            copying[id(code)] = code
            self.patches.add(partial(copying.__delitem__, id(code)))
        self._know(request_variables, request_variable(module))
        self._know(app_variables, app_variable(module))

    def _know(self, known: list[ContextVar[Any]], variable: ContextVar[Any] | None) -> None:
        if variable is not None:
            known.append(variable)
            self.patches.add(lambda: known.remove(variable))

    def _push(self, original: Callable[..., None], pushed: Pushed) -> Callable[..., None]:
        def push(context: Any) -> None:
            __tracebackhide__ = True  # nobody looks for a mistake of theirs here
            # Before the original: opening a session may already use the proxies.
            recorder = board.current
            if self.live and recorder is not None:
                try:
                    if pushed(context, recorder):
                        sharing.entered(context, self.guarded)
                    frame = sys._getframe(1)
                    if frame.f_code.co_qualname not in PUSHES_FOR_FLASK:
                        leaving.pushed(context, frame, recorder, self.guarded)
                except Exception as error:  # our failure must never be the user's
                    self.failed(error)
            return original(context)

        return push

    def _pop(self, original: Callable[..., None], popped: Popped) -> Callable[..., None]:
        def pop(context: Any, exc: Any = _ABSENT) -> None:
            __tracebackhide__ = True
            # After the original: teardown functions still run in this context.
            try:
                return original(context) if exc is _ABSENT else original(context, exc)
            finally:
                if self.live:
                    try:
                        left = popped(context)
                        if left:
                            outliving.request_over(left, self.guarded)
                    except Exception as error:  # our failure must never be the user's
                        self.failed(error)

        return pop

    def _client(self, original: Callable[..., Any]) -> Callable[..., Any]:
        note = self.guarded(leaving.client_made)

        def test_client(*args: Any, **kwargs: Any) -> Any:
            client = original(*args, **kwargs)
            if self.live:
                note(client)
            return client

        return test_client

    def _copy(self, original: Callable[[Any], Any]) -> Callable[[Any], Any]:
        note = self.guarded(_copied)

        def copy(context: Any) -> Any:
            made = original(context)
            if self.live:
                note(context, made, sys._getframe(1))
            return made

        return copy


def _copied(context: Any, copy: Any, frame: FrameType) -> None:
    copied(context, copy)
    name = function_name(CONTEXT_MODULE, frame.f_code)
    looked = looked_at(context) if name is not None else None
    if name is not None and looked is not None:
        recorder, read = looked
        recorder.see(name, "call", frame, context=read)


def _notes(slot: Slot) -> tuple[Pushed, Popped]:
    """Return what notes pushes and pops: apart, for they run in each request."""
    if slot == "merged":
        return pushed_merged, popped_merged
    return (pushed_app, popped_app) if slot == "app" else (pushed_request, popped_request)
