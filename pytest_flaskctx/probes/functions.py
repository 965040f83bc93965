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

from pytest_flaskctx.board import board
from pytest_flaskctx.flasknames import FUNCTION_MODULES, function_name
from pytest_flaskctx.probes.base import Probe
from pytest_flaskctx.sightings import Sighting
from pytest_flaskctx.threadstate import here


class Functions(Probe):
    """``after_this_request``, ``copy_current_request_context`` and their like, and ``url_for``."""

    name = "functions"
    modules = FUNCTION_MODULES

    def attach(self, module: ModuleType) -> None:
        """Watch the errors that a module of Flask raises."""
        self.patches.replace(module, "RuntimeError", self._maker(module.__name__))

    def _maker(self, module: str) -> Callable[..., RuntimeError]:
        see = self.guarded(_see)

        def make(*args: object) -> RuntimeError:
            error = builtins.RuntimeError(*args)
            sighting = see(module, sys._getframe(1)) if self.live else None
            if sighting is not None:
                sighting.raised(error)
            return error

        return make


def _see(module: str, frame: FrameType) -> Sighting | None:
    name = function_name(module, frame.f_code)
    recorder = board.responsible()
    if name is None or recorder is None or board.among_tests(here()):
        return None
    return recorder.see(name, "call", frame)
