"""The inner names of Flask and Werkzeug, all of them, and nothing else.

Flask 2.3 to 3.1 bind an application context to ``_cv_app`` and a request context to
``_cv_request``. Nothing here imports Flask: it is handed modules that somebody imported.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from contextvars import ContextVar
from types import CodeType, FrameType, ModuleType
from typing import Any, NamedTuple

GLOBALS_MODULE = "flask.globals"
CONTEXT_MODULE = "flask.ctx"

_ATTRIBUTES: dict[str, str | None] = {
    "request": "request",
    "session": "session",
    "g": "g",
    "current_app": "app",
    "app_ctx": None,
    "request_ctx": None,
}
_CONTEXT_CLASSES = {"AppContext": "app", "RequestContext": "request"}
_FUNCTIONS = {
    "flask.ctx": {
        "after_this_request": "after_this_request",
        "copy_current_request_context": "copy_current_request_context",
    },
    "flask.helpers": {"stream_with_context": "stream_with_context"},
    "flask.app": {"Flask.url_for": "url_for"},
}
FUNCTION_MODULES = tuple(_FUNCTIONS)

# Compiled where they are used: hardly a run needs them.
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
_METHOD = r"[A-Z]{1,16}"
_PLAIN_SEGMENT = r"[a-z][a-z_-]{0,15}"


_CLIENT_DEPTH = 4
"""How far the test client stands from what pushes: two methods of :mod:`contextlib` between."""


class ProxyTarget(NamedTuple):
    """One proxy object of Flask's.

    Attributes:
        name: its name in ``flask``.
        proxy: the object.
        variable: the context variable that it reads.
        attribute: what it takes from the context; ``None`` for the context itself.
        slot: ``app`` or ``request``: which context it reads.
    """

    name: str
    proxy: Any
    variable: ContextVar[Any]
    attribute: str | None
    slot: str


def imported(name: str) -> ModuleType | None:
    """Return the module ``name`` if it is imported to its end, not half way through."""
    module = sys.modules.get(name)
    spec = getattr(module, "__spec__", None)
    return None if getattr(spec, "_initializing", False) else module


def proxies(module: ModuleType) -> list[ProxyTarget]:
    """Return the proxies that this ``flask.globals`` defines."""
    app_variable = vars(module).get("_cv_app")
    found = []
    for name, attribute in _ATTRIBUTES.items():
        proxy = vars(module).get(name)
        if proxy is not None and is_proxy(proxy):
            variable = object.__getattribute__(proxy, "_LocalProxy__wrapped")
            slot = "app" if variable is app_variable else "request"
            found.append(ProxyTarget(name, proxy, variable, attribute, slot))
    return found


def is_proxy(thing: object) -> bool:
    """Whether ``thing`` is a Werkzeug proxy; asks its real type, so no proxy is looked through."""
    return any(cls.__name__ == "LocalProxy" for cls in type(thing).__mro__)


def getter(proxy: Any) -> Callable[[], Any]:
    """Return what a proxy calls to find its object."""
    found: Callable[[], Any] = object.__getattribute__(proxy, "_get_current_object")
    return found


def replace_getter(proxy: Any, function: Callable[[], Any]) -> Callable[[], None]:
    """Make ``function`` what a proxy calls to find its object; return what takes that back."""
    before = getter(proxy)
    object.__setattr__(proxy, "_get_current_object", function)

    def undo() -> None:
        if getter(proxy) is function:
            object.__setattr__(proxy, "_get_current_object", before)

    return undo


def context_classes(module: ModuleType) -> list[tuple[type, str]]:
    """Return the context classes that this ``flask.ctx`` defines, each with its slot."""
    return [(vars(module)[name], slot) for name, slot in _CONTEXT_CLASSES.items()]


def copying_functions(module: ModuleType) -> list[CodeType]:
    """Return the code of what this ``flask.ctx`` makes of a function, to run it in a copied context."""
    maker = vars(module).get("copy_current_request_context")
    code = maker.__code__ if maker is not None else None
    return [each for each in code.co_consts if isinstance(each, CodeType)] if code else []


def request_variable(module: ModuleType) -> ContextVar[Any] | None:
    """Return the context variable that holds the request context."""
    return vars(module).get("_cv_request")


def kept_by_client(frame: FrameType | None) -> bool:
    """Whether ``frame``, which pushes a context, does so for a test client that keeps it."""
    for _ in range(_CLIENT_DEPTH):
        if frame is None:
            break
        if frame.f_code.co_filename.replace("\\", "/").endswith("flask/testing.py"):
            return True
        frame = frame.f_back
    return False


def function_name(module: str, code: CodeType) -> str | None:
    """Return which function of Flask that needs a context ``code`` belongs to, if to any."""
    known = _FUNCTIONS[module]
    return known.get(code.co_qualname.split(".<locals>")[0])


def operation(frame: FrameType) -> tuple[str, FrameType]:
    """Return the special method that asked a proxy for its object, and the frame that used it.

    The descriptor that asked stands in the calling frame; without one, somebody called
    ``_get_current_object()``.
    """
    code = frame.f_code
    if code.co_name != "__get__" or "werkzeug" not in code.co_filename:
        return "get", frame
    lookup = frame.f_locals.get("self")
    return str(getattr(lookup, "name", "get")), frame.f_back or frame


def request_words(request: Any) -> tuple[str, str, str | None]:
    """Return method, URL rule and endpoint of a request, and nothing else of it.

    Where no rule matched, the path stands in for it with everything behind its first segment
    masked: ``/reset/<token>`` is a secret.
    """
    method = request.method
    shown = method if method in _METHODS or re.fullmatch(_METHOD, method) else "?"
    rule = request.url_rule
    if rule is None:
        return shown, _masked(request.path), None
    return shown, rule.rule, rule.endpoint


def _masked(path: str) -> str:
    first, slash, rest = path.removeprefix("/").partition("/")
    first = first if re.fullmatch(_PLAIN_SEGMENT, first) or not first else "*"
    return f"/{first}{'/*' if slash and rest else ''}"
