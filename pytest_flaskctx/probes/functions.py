"""Functions of Flask that need a context and ask the context variable themselves.

What does not work: replacing the functions (who imported the name before keeps the old one), and
replacing the variable they read (others ask it on purpose). All of them end in
``raise RuntimeError``, and that name is looked up in their module first: a maker of exceptions of
that name there sees just the failing calls, costs nothing on the way that succeeds, and is found
by every copy of the function.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable
from types import FrameType, ModuleType
from typing import Any

from pytest_flaskctx.board import board
from pytest_flaskctx.flasknames import APP_MODULE, FUNCTION_MODULES, app_class, function_name
from pytest_flaskctx.probes.base import Probe
from pytest_flaskctx.probes.bound import lent_request, looked_at
from pytest_flaskctx.sightings import Sighting
from pytest_flaskctx.threadstate import here


class Functions(Probe):
    """``after_this_request``, ``copy_current_request_context`` and their like, and ``url_for``."""

    name = "functions"
    modules = FUNCTION_MODULES

    def attach(self, module: ModuleType) -> None:
        """Watch the errors that a module of Flask raises, and what makes links."""
        self.patches.replace(module, "RuntimeError", self._maker(module.__name__))
        if module.__name__ == APP_MODULE:
            cls = app_class(module)
            self.patches.replace(cls, "url_for", self._link(vars(cls)["url_for"]))

    def _maker(self, module: str) -> Callable[..., RuntimeError]:
        see = self.guarded(_see)

        def make(*args: object) -> RuntimeError:
            error = builtins.RuntimeError(*args)
            sighting = see(module, sys._getframe(1)) if self.live else None
            if sighting is not None:
                sighting.raised(error)
            return error

        return make

    def _link(self, original: Callable[..., str]) -> Callable[..., str]:
        see = self.guarded(_see_link)

        def url_for(app: Any, /, *args: Any, **kwargs: Any) -> str:
            __tracebackhide__ = True
            if self.live:
                see(sys._getframe(1))
            return original(app, *args, **kwargs)

        return url_for


def _see_link(frame: FrameType) -> None:
    """Book that a link is made of a request that this thread does not serve."""
    context = lent_request()
    looked = looked_at(context) if context is not None and not here().muted else None
    if looked is not None:
        recorder, read = looked
        recorder.see("url_for", "call", frame, context=read)


def _see(module: str, frame: FrameType) -> Sighting | None:
    name = function_name(module, frame.f_code)
    recorder = board.responsible()
    if name is None or recorder is None or board.among_tests(here()):
        return None
    return recorder.see(name, "call", frame)
