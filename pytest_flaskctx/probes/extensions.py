"""Proxies of extensions, which fall silent where Flask's own would raise.

``flask_login.current_user`` asks ``has_request_context()`` first and is ``None`` in a worker. So
the question is put here, before the extension's: is a request bound, and is it this thread's?
Where none is and the task came from a request, and where one is that this thread did not push,
the use is one access, and what the extension reads on the way is part of it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from types import FrameType, ModuleType
from typing import Any

from pytest_flaskctx.board import board
from pytest_flaskctx.contexts import bound_context
from pytest_flaskctx.flasknames import getter, is_proxy, operation, replace_getter
from pytest_flaskctx.probes.base import Probe, Switchboard
from pytest_flaskctx.probes.bound import looked_at
from pytest_flaskctx.probes.payload import know
from pytest_flaskctx.sightings import Sighting
from pytest_flaskctx.threadstate import here

# Flask-Security's `_security`, `_datastore` and their like stand on `current_app`, and
# Flask-Principal's permissions ask `g`: both are seen there, and right in an app context of the
# worker's own.
KNOWN = (
    ("flask_login.utils", "current_user"),
    ("flask_jwt_extended.utils", "current_user"),
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
            if proxy is None or not is_proxy(proxy):
                continue
            self.patches.add(know(proxy, name))
            if not _watched(proxy):
                replacement = self._getter(name, getter(proxy))
                self.patches.add(replace_getter(proxy, replacement))

    def _getter(self, name: str, original: Callable[[], Any]) -> Callable[[], Any]:
        see, see_bound = self.guarded(_see), self.guarded(_see_bound)

        def _get_current_object() -> Any:
            __tracebackhide__ = True
            thread = here()
            context = bound_context()
            if not self.live or (context is not None and context is thread.request):
                return original()
            if context is None:
                return _asked(partial(see, name, sys._getframe(1)), original)
            if thread.muted or not see_bound(name, sys._getframe(1), context):
                return original()
            return _muted(original)

        return _get_current_object


def _watched(proxy: Any) -> bool:
    """Whether the probe of another monitor stands there already: one use is one access."""
    return getattr(getter(proxy), "__module__", "") == __name__


def _see(name: str, caller: FrameType) -> Sighting | None:
    recorder = board.responsible()
    if recorder is None or board.among_tests(here()):
        return None
    asked, frame = operation(caller)
    return recorder.see(name, asked, frame, extension=True)


def _see_bound(name: str, caller: FrameType, context: Any) -> bool:
    """Book a use under a context that this thread did not push last; return whether it was one."""
    looked = looked_at(context)
    if looked is None:
        return False
    recorder, read = looked
    asked, frame = operation(caller)
    recorder.see(name, asked, frame, extension=True, context=read)
    return True


def _muted(original: Callable[[], Any]) -> Any:
    """Call ``original``; what it reads belongs to a use that is booked."""
    __tracebackhide__ = True
    thread = here()
    thread.muted += 1
    try:
        return original()
    finally:
        thread.muted -= 1


def _asked(see: Callable[[], Sighting | None], original: Callable[[], Any]) -> Any:
    """Call ``original`` and book the use; what it reads itself belongs to that.

    In an app context of the thread's own, what gives an answer stands on that one.
    """
    __tracebackhide__ = True
    thread = here()
    own_app = thread.app is not None
    sighting = None if own_app else see()
    task = thread.task
    if task is None or task.request is None:
        return original()
    try:
        answer = _muted(original)
    except RuntimeError as error:
        sighting = sighting or see()
        if sighting is not None:
            sighting.raised(error)
        raise
    if own_app and answer is None:
        see()
    return answer
