"""Proxies of extensions, which fall silent where Flask's own would raise.

``flask_login.current_user`` asks ``has_request_context()`` first and is ``None`` in a worker. So
the question is put here, before the extension's: is a request bound? Where none is and the task
came from a request, the use is one access, and what the extension reads on the way is part of it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial
from types import FrameType, ModuleType
from typing import TYPE_CHECKING, Any

from pytest_flaskctx.contexts import bound_context, record_of
from pytest_flaskctx.flasknames import getter, is_proxy, operation, replace_getter
from pytest_flaskctx.probes.base import Probe, Switchboard
from pytest_flaskctx.reading import reader
from pytest_flaskctx.recorder import Sighting, board
from pytest_flaskctx.tasks import outside
from pytest_flaskctx.threadstate import here

if TYPE_CHECKING:
    from pytest_flaskctx.recorder import ContextReader

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
            if proxy is not None and is_proxy(proxy) and not _watched(proxy):
                replacement = self._getter(name, getter(proxy))
                self.patches.add(replace_getter(proxy, replacement))

    def _getter(self, name: str, original: Callable[[], Any]) -> Callable[[], Any]:
        see = self.guarded(_see)

        def _get_current_object() -> Any:
            __tracebackhide__ = True
            if here().request is not None or not self.live:
                return original()
            context = bound_context()
            if context is None:
                return _asked(partial(see, name, sys._getframe(1)), original)
            return _lent(partial(see, name, sys._getframe(1)), context, original)

        return _get_current_object


def _watched(proxy: Any) -> bool:
    """Whether the probe of another monitor stands there already: one use is one access."""
    return getattr(getter(proxy), "__module__", "") == __name__


def _see(name: str, caller: FrameType, context: ContextReader | None = None) -> Sighting | None:
    recorder = board.responsible()
    if recorder is None or board.among_tests(here()):
        return None
    asked, frame = operation(caller)
    return recorder.see(name, asked, frame, extension=True, context=context)


def _lent(see: Callable[..., Sighting | None], context: Any, original: Callable[[], Any]) -> Any:
    """Call ``original``; where the task has its request only by running at once, book the use."""
    __tracebackhide__ = True
    record = record_of(context) if outside(context) else None
    if record is None:
        return original()
    see(reader(context, record))
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
    thread.muted += 1
    try:
        answer = original()
    except RuntimeError as error:
        sighting = sighting or see()
        if sighting is not None:
            sighting.raised(error)
        raise
    finally:
        thread.muted -= 1
    if own_app and answer is None:
        see()
    return answer
