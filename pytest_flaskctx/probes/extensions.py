"""Proxies of extensions, which fall silent where Flask's own would raise.

``flask_login.current_user`` asks ``has_request_context()`` first and is ``None`` in a worker. So
the question is put here, before the extension's: is a request bound? Where none is and the task
came from a request, the use is one access, and what the extension reads on the way is part of it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from pytest_flaskctx.flasknames import getter, is_proxy, operation, replace_getter
from pytest_flaskctx.probes.base import Probe, Switchboard
from pytest_flaskctx.probes.handover import request_variables
from pytest_flaskctx.recorder import Sighting, board
from pytest_flaskctx.threadstate import state

KNOWN = (
    ("flask_login.utils", "current_user"),
    ("flask_jwt_extended.utils", "current_user"),
    ("flask_security.utils", "_security"),
    ("flask_security.utils", "_datastore"),
)


class Extensions(Probe):
    """Module-level ``LocalProxy`` objects of extensions that are known, or named by the user."""

    name = "extensions"

    def __init__(self, board: Switchboard) -> None:
        super().__init__(board)
        self._names = (*KNOWN, *board.proxies)
        self.modules = tuple(dict.fromkeys(module for module, _ in self._names))

    def attach(self, module: ModuleType) -> None:
        """Replace the getters of the proxies that a module is known to define."""
        for owner, name in self._names:
            proxy = vars(module).get(name) if owner == module.__name__ else None
            if proxy is not None and is_proxy(proxy):
                replacement = self._getter(name, getter(proxy))
                self.patches.add(replace_getter(proxy, replacement))

    def _getter(self, name: str, original: Callable[[], Any]) -> Callable[[], Any]:
        see = self.guarded(_see)

        def _get_current_object() -> Any:
            __tracebackhide__ = True
            if state.request is not None or not self.live or _bound():
                return original()
            sighting = see(name)
            if sighting is None:
                return original()
            return _as_one(sighting, original)

        return _get_current_object


def _bound() -> bool:
    return any(variable.get(None) is not None for variable in request_variables)


def _see(name: str) -> Sighting | None:
    recorder = board.responsible()
    if recorder is None or (state.task is None and state.token == board.test_thread):
        return None
    asked, frame = operation(sys._getframe(3))
    return recorder.see(name, asked, frame, extension=True)


def _as_one(sighting: Sighting, original: Callable[[], Any]) -> Any:
    """Call ``original``; what it reads itself belongs to ``sighting``."""
    __tracebackhide__ = True
    task = state.task
    if task is None or task.request is None:
        return original()
    state.muted += 1
    try:
        return original()
    except RuntimeError as error:
        sighting.raised(error)
        raise
    finally:
        state.muted -= 1
