"""Saves of sessions: Flask's own, with each response, and those that the program asks for."""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any

from pytest_flaskctx.flasknames import APP_MODULE, app_class
from pytest_flaskctx.probes.base import Probe, Switchboard
from pytest_flaskctx.probes.saved import saved, saved_of
from pytest_flaskctx.threadstate import here


class Sessions(Probe):
    """``Flask.process_response``, and ``save_session`` of the interfaces that come along."""

    name = "sessions"
    modules = (APP_MODULE,)

    def __init__(self, board: Switchboard) -> None:
        super().__init__(board)
        self._interfaces: set[type] = set()
        self._wrapped: set[type] = set()

    def attach(self, module: ModuleType) -> None:
        """Wrap the application class of a Flask that was imported."""
        cls = app_class(module)
        self.patches.replace(cls, "process_response", self._process(vars(cls)["process_response"]))

    def _process(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def process_response(app: Any, *args: Any, **kwargs: Any) -> Any:
            response = original(app, *args, **kwargs)
            context = here().request
            if self.live and context is not None:
                try:
                    kind = type(app.session_interface)
                    if kind not in self._interfaces:
                        self._meet(kind)
                    saved(self, context)
                except Exception as error:  # our failure must never be the user's
                    self.failed(error)
            return response

        return process_response

    def _meet(self, kind: type) -> None:
        """Watch a session interface for further saves: what is saved again is not lost."""
        self._interfaces.add(kind)
        for cls in kind.__mro__:
            save = vars(cls).get("save_session")
            if type(save) is FunctionType:
                # A subclass that inherits it may have been met before.
                if cls not in self._wrapped:
                    self._wrapped.add(cls)
                    self.patches.replace(cls, "save_session", self._save(save))
                return

    def _save(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def save_session(interface: Any, app: Any, session: Any, *args: Any, **kwargs: Any) -> Any:
            result = original(interface, app, session, *args, **kwargs)
            if self.live:
                try:
                    known = saved_of(session)
                    if known is not None:
                        known.renew(session)
                except Exception as error:  # our failure must never be the user's
                    self.failed(error)
            return result

        return save_session
