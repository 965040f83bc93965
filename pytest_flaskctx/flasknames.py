"""The inner names of Flask and Werkzeug, all of them, and nothing else.

Flask 2.3 to 3.1 bind an application context to ``_cv_app`` and a request context to
``_cv_request``; Flask 3.2 has one context for both, bound to ``_cv_app``. Nothing here imports
Flask: it is handed modules that somebody imported.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import CodeType, FrameType, ModuleType
from typing import Any, Literal, NamedTuple

GLOBALS_MODULE = "flask.globals"
CONTEXT_MODULE = "flask.ctx"
BODY_MODULE = "werkzeug.wrappers.request"
FILES_MODULE = "werkzeug.datastructures.file_storage"

Slot = Literal["app", "request", "merged"]
"""What a context holds: an application, a request, or (Flask 3.2) one and perhaps the other."""
APP_MODULE = "flask.app"

_ATTRIBUTES: dict[str, str | None] = {
    "request": "request",
    "session": "session",
    "g": "g",
    "current_app": "app",
    "app_ctx": None,
    "request_ctx": None,
}
_OF_REQUEST = ("request", "session")
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

# By whom the app's functions are called when the session is saved: signals, teardown functions,
# what is to be done when the response is closed, the generator of a streamed one.
_TEARDOWNS = frozenset({"do_teardown_request", "do_teardown_appcontext"})
_LATE_FUNCTIONS = _TEARDOWNS | {"wsgi_app", "finalize_request"}
_LATE_FILES = ("werkzeug/wsgi.py", "werkzeug/wrappers/response.py")

PUSHES_FOR_FLASK = frozenset({"Flask.wsgi_app", "RequestContext.push"})
"""Qualified names of what pushes contexts for Flask itself, and pops them whatever happens."""

_CLIENT_DEPTH = 4
"""How far the test client stands from what pushes: two methods of :mod:`contextlib` between."""


class ProxyTarget(NamedTuple):
    """One proxy object of Flask's.

    Attributes:
        name: its name in ``flask``.
        proxy: the object.
        variable: the context variable that it reads.
        attribute: what it takes from the context; ``None`` for the context itself.
        slot: ``app`` or ``request``: what of the thread's contexts it stands on.
        partial: whether its variable may hold a context that lacks what it takes.
    """

    name: str
    proxy: Any
    variable: ContextVar[Any]
    attribute: str | None
    slot: str
    partial: bool


class UnsupportedError(LookupError):
    """A version of Flask or Werkzeug lacks what we stand on; its text is ours."""


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
            partial = name in _OF_REQUEST and variable is app_variable
            slot = "request" if partial or variable is not app_variable else "app"
            found.append(ProxyTarget(name, proxy, variable, attribute, slot, partial))
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


def context_classes(module: ModuleType) -> list[tuple[type, Slot]]:
    """Return the context classes that this ``flask.ctx`` defines, each with its slot."""
    known = vars(module)
    if "RequestContext" in known:
        return [(known["AppContext"], "app"), (known["RequestContext"], "request")]
    return [(known["AppContext"], "merged")]


def copying_functions(module: ModuleType) -> list[CodeType]:
    """Return the code of what this ``flask.ctx`` makes of a function, to run it in a copied context."""
    maker = vars(module).get("copy_current_request_context")
    code = maker.__code__ if maker is not None else None
    return [each for each in code.co_consts if isinstance(each, CodeType)] if code else []


def request_variable(module: ModuleType) -> ContextVar[Any] | None:
    """Return the context variable that holds the context of a request."""
    return vars(module).get("_cv_request", vars(module).get("_cv_app"))


def serves(context: Any) -> bool:
    """Whether a context that a request variable holds is one of a request."""
    return bool(getattr(context, "has_request", True))


def push_count(context: Any) -> int:
    """Return how often the one context of Flask 3.2 is pushed; a pop out of turn is none."""
    count: int = context._push_count
    return count


def request_in(context: Any) -> Any:
    """Return the request object of a context, ``None`` where it has none."""
    return getattr(context, "request", None) if serves(context) else None


def app_class(module: ModuleType) -> type:
    """Return the class of applications that this ``flask.app`` defines."""
    cls: type = vars(module)["Flask"]
    return cls


def session_of(context: Any) -> Any:
    """Return the session of a request's context, without its noting that somebody asked."""
    try:
        return context._session
    except AttributeError:  # up to Flask 3.1.2, where nothing is noted
        return context.session


def real_objects(context: Any, app_context: Any) -> tuple[object, object, object]:
    """Return what ``request``, ``session`` and ``g`` stand for, as far as there is any.

    Args:
        context: the context of a request.
        app_context: the application context, ``None`` where that is not known.
    """
    return context.request, session_of(context), None if app_context is None else app_context.g


def calls_the_app(frame: FrameType | None) -> bool:
    """Whether Flask or Werkzeug called what runs in ``frame``, for a request."""
    while frame is not None:
        code = frame.f_code
        file = code.co_filename.replace("\\", "/")
        if file.endswith(_LATE_FILES):
            return True
        if code.co_name in _LATE_FUNCTIONS and file.endswith("flask/app.py"):
            return True
        frame = frame.f_back
    return False


def tears_down(frame: FrameType | None) -> bool:
    """Whether what runs in ``frame`` is called because a context is popped."""
    while frame is not None:
        file = frame.f_code.co_filename.replace("\\", "/")
        if frame.f_code.co_name in _TEARDOWNS and file.endswith("flask/app.py"):
            return True
        frame = frame.f_back
    return False


def app_variable(module: ModuleType) -> ContextVar[Any] | None:
    """Return the context variable that holds the application context."""
    return vars(module).get("_cv_app")


def way_of_pushing(frame: FrameType) -> str:
    """Return how a context is pushed by ``frame``.

    ``push`` is a call of that method, ``with`` a ``with`` statement, ``stream`` one of Flask's own
    that stands open while a response is streamed, ``client`` a test client that keeps what it had.
    """
    if frame.f_code.co_name != "__enter__":
        return "push"
    outer = frame.f_back
    if outer is not None and outer.f_code.co_qualname.startswith("stream_with_context"):
        return "stream"
    return "client" if kept_by_client(frame) else "with"


def is_of_client(cls: type) -> bool:
    """Whether ``cls`` is one of test clients or their responses; asks no metaclass of the user's."""
    return any(
        type.__getattribute__(base, "__module__") == "werkzeug.test"
        for base in type.__getattribute__(cls, "__mro__")
    )


def kept_by_client(frame: FrameType | None) -> bool:
    """Whether ``frame``, which pushes a context, does so for a test client that keeps it."""
    return _client_frame(frame) is not None


def client_keeping(frame: FrameType | None) -> Any:
    """Return the test client for which ``frame`` pushes a context; ``None`` where for none."""
    keeping = _client_frame(frame)
    return keeping.f_locals.get("self") if keeping is not None else None


def _client_frame(frame: FrameType | None) -> FrameType | None:
    for _ in range(_CLIENT_DEPTH):
        if frame is None:
            break
        if frame.f_code.co_filename.replace("\\", "/").endswith("flask/testing.py"):
            return frame
        frame = frame.f_back
    return None


def body_opener(module: ModuleType) -> str:
    """Return by which name this ``werkzeug.wrappers.request`` calls what opens a request's body.

    A request keeps what that returns: it is called when the body is first read, and no more.
    """
    name = "get_input_stream"
    if name not in vars(module):
        raise UnsupportedError(f"{module.__name__} has no {name}")
    return name


def opened_for(frame: FrameType) -> Any:
    """Return the request whose body the function at ``frame`` opens, ``None`` if it is no request's."""
    return frame.f_locals.get("self")


def upload_class(module: ModuleType) -> type:
    """Return the class of uploaded files that this ``werkzeug.datastructures`` defines."""
    found: type = vars(module)["FileStorage"]
    return found


def popped(environ: dict[str, Any]) -> bool:
    """Whether a context of the request behind ``environ`` was popped for the last time."""
    return environ.get("werkzeug.request", environ) is None


def request_behind(environ: dict[str, Any]) -> Any:
    """Return the request that was made of ``environ``, where that has it still."""
    return environ.get("werkzeug.request")


def environment_with(request: Any) -> tuple[dict[str, Any], ...]:
    """Return the environment that ``request`` was made of, if it has that request in turn."""
    environ: Any = getattr(request, "__dict__", {}).get("environ")
    back = type(environ) is dict and environ.get("werkzeug.request") is request
    return (environ,) if back else ()


def has_body(environ: dict[str, Any]) -> bool:
    """Whether the request behind ``environ`` was sent with a body."""
    chunked = environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked"
    return chunked or environ.get("CONTENT_LENGTH") not in (None, "", "0")


def serving(code: CodeType) -> bool:
    """Whether a frame of ``code`` serves a request, be it a test client's."""
    return code.co_name == "wsgi_app" and code.co_filename.replace("\\", "/").endswith(
        "flask/app.py"
    )


def function_name(module: str, code: CodeType) -> str | None:
    """Return which function of Flask that needs a context ``code`` belongs to, if to any."""
    known = _FUNCTIONS[module]
    return known.get(code.co_qualname.split(".<locals>")[0])


def makes_link(code: CodeType) -> bool:
    """Whether a frame of ``code`` is ``flask.url_for``, which has its application make the link."""
    return code.co_name == "url_for" and code.co_filename.replace("\\", "/").endswith(
        "flask/helpers.py"
    )


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


def rule_of(request: Any) -> tuple[str, str] | None:
    """Return URL rule and endpoint of a request, ``None`` where no rule matched it."""
    rule = request.__dict__.get("url_rule")
    return None if rule is None else (rule.rule, rule.endpoint)


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


def matched(app: Any, method: str, path: str) -> str:
    """Return method, URL rule and endpoint of a request to ``app``, as they are told.

    Args:
        app: the application.
        method: the method, such as ``GET``.
        path: the path; where no rule matches, it is masked.
    """
    try:
        rule, _ = app.url_map.bind("localhost").match(path, method, return_rule=True)
    except Exception:  # no rule, another method, a redirect
        return f"{method} {_masked(path)}"
    return f"{method} {rule.rule} (endpoint {rule.endpoint!r})"


@contextmanager
def unhandled(app: Any) -> Iterator[list[BaseException]]:
    """Collect the errors of ``app`` that it answers by 500 and does not raise, within the block."""
    found: list[BaseException] = []

    def note(_: Any, exception: BaseException, **__: Any) -> None:
        found.append(exception)

    signals: Any = imported("flask.signals")
    with signals.got_request_exception.connected_to(note, app):
        yield found


def is_application(thing: Any) -> bool:
    """Whether ``thing`` is a Flask application, and no factory: both can be called."""
    module = imported("flask")
    return module is not None and isinstance(thing, app_class(module))
