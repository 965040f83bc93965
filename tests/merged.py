"""A small fake of Flask 3.2's shape: one context for application and request, one variable."""

from __future__ import annotations

from contextvars import ContextVar, Token
from types import ModuleType, SimpleNamespace
from typing import Any, Self

from werkzeug.local import LocalProxy

bound: ContextVar[AppContext] = ContextVar("merged.app_ctx")
app = SimpleNamespace(name="shop")


class Request:
    """What our facts may say of a request."""

    method = "GET"
    path = "/order/tea"
    url_rule = SimpleNamespace(rule="/order/<name>", endpoint="order")


class AppContext:
    """The one context, with or without a request."""

    def __init__(self, request: Request | None = None) -> None:
        self.app = app
        self.g = SimpleNamespace()
        self._request = request
        self._session = None
        self._token: Token[AppContext] | None = None
        self._push_count = 0

    @property
    def has_request(self) -> bool:
        """Whether there is a request in it."""
        return self._request is not None

    @property
    def request(self) -> Request:
        """The request, or an error."""
        if self._request is None:
            raise RuntimeError("There is no request in this context.")
        return self._request

    def copy(self) -> AppContext:
        """Return a new context with the same request."""
        return AppContext(self._request)

    def push(self) -> None:
        """Bind it, the first time."""
        self._push_count += 1
        if self._token is None:
            self._token = bound.set(self)

    def pop(self, exc: object = None) -> None:
        """Unbind it, the last time."""
        self._push_count -= 1
        if self._push_count == 0 and self._token is not None:
            bound.reset(self._token)
            self._token = None

    def __enter__(self) -> Self:
        self.push()
        return self

    def __exit__(self, *error: object) -> None:
        self.pop()


request: Any = LocalProxy(bound, "request", unbound_message="Working outside of request context.")
current_app: Any = LocalProxy(bound, "app", unbound_message="Working outside of app context.")


def modules() -> tuple[ModuleType, ModuleType]:
    """Return what would be ``flask.ctx`` and ``flask.globals``, with a class of their own."""
    context, globals_ = ModuleType("flask.ctx"), ModuleType("flask.globals")
    vars(context).update(AppContext=AppContext, _cv_app=bound)
    vars(globals_).update(_cv_app=bound, request=request, current_app=current_app)
    return context, globals_
