"""Flask's proxies, on the proxy objects: every access in every module, however it was imported.

``_get_current_object`` is a slot of ``LocalProxy``; what stands in it is called at every access.
The replacement reads the context variable itself and compares what it holds with the context that
this thread pushed last: 1.07 times an untouched access, where calling the original would double
the cost. Everything else is the slow way, taken only by accesses that have to be looked at.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

from pytest_flaskctx.board import board
from pytest_flaskctx.flasknames import (
    GLOBALS_MODULE,
    ProxyTarget,
    getter,
    makes_link,
    operation,
    proxies,
    replace_getter,
    serves,
)
from pytest_flaskctx.probes.base import Probe
from pytest_flaskctx.probes.bound import lent_request, looked_at
from pytest_flaskctx.probes.payload import know
from pytest_flaskctx.sightings import Sighting
from pytest_flaskctx.stacks import MADE
from pytest_flaskctx.threadstate import here, mine

# One function a proxy, made from text: an ``attrgetter`` in its place costs as much again as all
# the rest of the check.
_GETTER = """
def _get_current_object():
    __tracebackhide__ = True
    try:
        if (context := get()) is mine.state.{slot}:
            return context{attribute}
    except LookupError:
        return unbound()
    except AttributeError:  # nothing is known of this thread, but it has a context
        pass
    {guard}elsewhere(context)
    return context{attribute}
"""


# Flask 3.2 binds an application context to the variable that `request` reads, too.
_GUARD = "if not serves(context): return unbound()\n    "


class Proxies(Probe):
    """``request``, ``session``, ``g``, ``current_app``, ``app_ctx`` and ``request_ctx``."""

    name = "proxies"
    modules = (GLOBALS_MODULE,)

    def attach(self, module: ModuleType) -> None:
        """Replace the getters of a Flask that was imported."""
        for target in proxies(module):
            replacement = self._getter(target, getter(target.proxy))
            self.patches.add(replace_getter(target.proxy, replacement))
            self.patches.add(know(target.proxy, target.name))

    def _getter(self, target: ProxyTarget, original: Callable[[], Any]) -> Callable[[], Any]:
        attribute = f".{target.attribute}" if target.attribute else ""
        guard = _GUARD if target.partial else ""
        text = _GETTER.format(slot=target.slot, attribute=attribute, guard=guard)
        names: dict[str, Any] = {
            "get": target.variable.get,
            "mine": mine,
            "unbound": self._unbound(target.name, original),
            "elsewhere": self._elsewhere(target.name),
            "serves": serves,
        }
        exec(compile(text, MADE, "exec"), names)  # a template of our own
        function: Callable[[], Any] = names["_get_current_object"]
        return function

    def _unbound(self, name: str, original: Callable[[], Any]) -> Callable[[], Any]:
        see = self.guarded(_see_unbound)

        def unbound() -> Any:
            __tracebackhide__ = True
            sighting = see(name) if self.live and not here().muted else None
            try:
                return original()
            except RuntimeError as error:
                if sighting is not None:
                    sighting.raised(error)
                raise

        return unbound

    def _elsewhere(self, name: str) -> Callable[[Any], None]:
        see = self.guarded(_see_elsewhere)

        def elsewhere(context: Any) -> None:
            if self.live and not here().muted:
                see(name, context)

        return elsewhere


def _see_unbound(name: str) -> Sighting | None:
    recorder = board.responsible()
    if recorder is None or board.among_tests(here()):
        return None
    asked, frame = operation(sys._getframe(4))
    return recorder.see(name, asked, frame)


def _see_elsewhere(name: str, context: Any) -> None:
    """Record an access of a context that this thread did not push last."""
    looked = looked_at(context)
    if looked is not None:
        recorder, read = looked
        asked, frame = operation(sys._getframe(4))
        if makes_link(frame.f_code) and lent_request() is not None:
            # The probe of functions tells of the request that the link is made of.
            return
        recorder.see(name, asked, frame, context=read)
