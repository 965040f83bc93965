"""What may be read of a proxy without side effects: a closed table, and all else is refused.

A read goes step by step along a chain: ``request``, ``.args``, ``["month"]``. Each step leads from
one kind of thing to the next; where the table knows no step, the chain is cut, and what came
before is the value, if it may be one.
"""

from __future__ import annotations

from typing import NamedTuple

import libcst as cst

from pytest_flaskctx.repairs.modules import last_name

CHANGERS = {
    "add", "append", "clear", "discard", "extend", "insert", "pop", "popitem", "remove", "reverse",
    "setdefault", "sort", "update",
}  # fmt: skip
DICT_READS = {"copy", "get", "items", "keys", "values"}
MULTI_READS = DICT_READS | {"getlist", "lists", "listvalues", "to_dict"}
TEXT_READS = {name for name in dir(str) if not name.startswith("_")}
LOGGING = {"critical", "debug", "error", "exception", "info", "isEnabledFor", "log", "warning"}
CASTS = {"int", "float", "str"}


BODY = {"data", "form", "get_data", "get_json", "json", "values"}
"""What reads the body of a request, which may be too large or never come to its end."""

KEEPING = {"as_text", "force", "silent"}
"""What may be asked of the body by keyword, and leaves it to others."""


class Kind(NamedTuple):
    """A kind of thing that a chain comes to.

    Attributes:
        calls: the methods that the task may call on the value; ``None`` for any.
        value: whether it may be handed over.
        pickled: whether it surely goes into another process.
        closed: whether it is closed with the request.
    """

    calls: frozenset[str] | None
    value: bool = True
    pickled: bool = False
    closed: bool = False


_NONE: frozenset[str] = frozenset()
KINDS = {
    "text": Kind(None, pickled=True),
    "plain": Kind(frozenset(DICT_READS | TEXT_READS), pickled=True),
    "fields": Kind(frozenset(MULTI_READS)),
    "object": Kind(_NONE),
    "extension": Kind(_NONE),
    "setting": Kind(frozenset(DICT_READS | TEXT_READS)),
    "config": Kind(frozenset(DICT_READS | {"get_namespace"})),
    "logger": Kind(frozenset(LOGGING)),
    "application": Kind(frozenset({"app_context"})),
    "headers": Kind(_NONE, value=False),
    "accept": Kind(_NONE, value=False),
    "agent": Kind(_NONE, value=False),
    "login": Kind(_NONE, value=False),
    "extensions": Kind(_NONE, value=False),
    "stream": Kind(_NONE, value=False, closed=True),
    "request": Kind(_NONE, value=False),
    "session": Kind(_NONE, value=False),
    "g": Kind(_NONE, value=False),
    "current_app": Kind(_NONE, value=False),
    "current_user": Kind(_NONE, value=False),
    "app_ctx": Kind(_NONE, value=False),
    "request_ctx": Kind(_NONE, value=False),
}

_REQUEST_TEXTS = (
    "base_url", "blueprint", "content_encoding", "content_length", "content_type", "endpoint",
    "full_path", "host", "host_url", "is_json", "is_secure", "method", "mimetype", "origin", "path",
    "query_string", "referrer", "remote_addr", "remote_user", "root_path", "root_url", "scheme",
    "script_root", "url", "url_root",
)  # fmt: skip
_APP_TEXTS = (
    "debug", "import_name", "instance_path", "name", "root_path", "secret_key", "static_folder",
    "static_url_path", "template_folder", "testing",
)  # fmt: skip

ATTRIBUTES: dict[tuple[str, str], tuple[str, bool]] = {
    **{("request", name): ("text", False) for name in _REQUEST_TEXTS},
    **{("request", name): ("fields", False) for name in ("args", "cookies")},
    **{("request", name): ("fields", True) for name in ("form", "values")},
    **{("request", name): ("stream", False) for name in ("files", "stream", "input_stream")},
    **{("request", f"accept_{name}"): ("accept", False) for name in ("languages", "mimetypes")},
    ("request", "headers"): ("headers", False),
    ("request", "view_args"): ("plain", False),
    ("request", "json"): ("plain", True),
    ("request", "data"): ("text", True),
    ("request", "user_agent"): ("agent", False),
    ("request", "authorization"): ("login", False),
    ("agent", "string"): ("text", False),
    ("accept", "best"): ("text", False),
    **{("login", name): ("text", True) for name in ("username", "password", "token", "type")},
    **{("session", name): ("text", False) for name in ("permanent", "new", "modified")},
    **{("current_app", name): ("text", False) for name in _APP_TEXTS},
    ("current_app", "config"): ("config", False),
    ("current_app", "extensions"): ("extensions", False),
    ("current_app", "logger"): ("logger", False),
    **{
        ("current_user", f"is_{name}"): ("text", False)
        for name in ("active", "anonymous", "authenticated")
    },
    ("app_ctx", "app"): ("current_app", False),
    ("app_ctx", "g"): ("g", False),
    ("request_ctx", "app"): ("current_app", False),
    ("request_ctx", "request"): ("request", False),
    ("request_ctx", "session"): ("session", False),
}
"""What an attribute leads to, and whether asking for it may raise."""

SUBSCRIPTS = {
    "fields": "text",
    "headers": "text",
    "session": "plain",
    "plain": "plain",
    "config": "setting",
    "setting": "setting",
    "extensions": "extension",
    "object": "object",
    "current_user": "object",
}
"""What a constant subscript leads to; asking for it may always raise."""

CALLS: dict[tuple[str, str], tuple[str, bool]] = {
    ("fields", "get"): ("text", False),
    ("headers", "get"): ("text", False),
    ("fields", "getlist"): ("plain", False),
    ("headers", "getlist"): ("plain", False),
    ("fields", "to_dict"): ("plain", False),
    ("request", "get_json"): ("plain", True),
    ("request", "get_data"): ("text", True),
    ("accept", "best_match"): ("text", False),
    ("session", "get"): ("plain", False),
    ("plain", "get"): ("plain", True),
    ("g", "get"): ("object", False),
    ("config", "get"): ("setting", False),
    ("extensions", "get"): ("extension", False),
    ("current_user", "get_id"): ("text", False),
    ("current_app", "_get_current_object"): ("application", False),
}
"""What the call of a method with constant arguments leads to, and whether it may raise."""


FUNCTIONS = {"get_jwt": "plain", "get_jwt_identity": "plain", "url_for": "text"}
"""Functions that only read, called with constant arguments; each may raise."""


class Step(NamedTuple):
    """How far a chain was read.

    Attributes:
        node: the expression so far.
        kind: what it comes to.
        raises: whether reading it may raise where a context is bound.
    """

    node: cst.BaseExpression
    kind: str
    raises: bool


def after(step: Step, outer: cst.CSTNode | None, further: cst.CSTNode | None) -> Step | None:
    """Return the next step of a chain, ``None`` where the table knows none.

    Args:
        step: how far the chain was read.
        outer: what encloses its expression.
        further: what encloses that.
    """
    match outer:
        case cst.Attribute(value=value, attr=attr) if value is step.node:
            if isinstance(further, cst.Call) and further.func is outer:
                return _called(step, attr.value, further)
            return _attribute(step, attr.value, outer)
        case cst.Subscript(value=value, slice=[cst.SubscriptElement(slice=cst.Index(value=key))]):
            kind = SUBSCRIPTS.get(step.kind) if value is step.node and constant(key) else None
            return Step(outer, kind, raises=True) if kind else None
        case cst.Arg(value=value) if value is step.node and isinstance(further, cst.Call):
            return _getattr(step, further)
    return None


def called(name: str, call: cst.CSTNode | None) -> Step | None:
    """Return what a function's call with constant arguments leads to."""
    if name not in FUNCTIONS or not isinstance(call, cst.Call):
        return None
    if not all(_argument(arg, name) for arg in call.args):
        return None
    return Step(call, FUNCTIONS[name], raises=True)


def _attribute(step: Step, name: str, outer: cst.Attribute) -> Step | None:
    if step.kind in ("g", "object", "current_user") and (step.kind, name) not in ATTRIBUTES:
        method = (step.kind, name) in CALLS or name in CHANGERS or name.startswith("_")
        return None if method else Step(outer, "object", raises=True)
    kind, raises = ATTRIBUTES.get((step.kind, name), ("", False))
    return Step(outer, kind, step.raises or raises) if kind else None


def _called(step: Step, name: str, call: cst.Call) -> Step | None:
    kind, raises = CALLS.get((step.kind, name), ("", False))
    if not kind or not all(_argument(arg, name) for arg in call.args):
        return None
    if name in ("get_data", "get_json") and not all(_keeps(arg) for arg in call.args):
        return None
    return Step(call, kind, step.raises or raises)


def _keeps(arg: cst.Arg) -> bool:
    """Whether an argument lets the body be read again by whoever asks for it next."""
    return last_name(arg.keyword) in KEEPING if arg.keyword else False


def _getattr(step: Step, call: cst.Call) -> Step | None:
    match call:
        case cst.Call(
            func=cst.Name("getattr"),
            args=[_, cst.Arg(value=cst.SimpleString() as name), *rest],
        ) if step.kind in ("g", "object", "current_user") and call.args[0].value is step.node:
            if all(constant(arg.value) for arg in rest) and name.evaluated_value not in CHANGERS:
                return Step(call, "object", step.raises or not rest)
    return None


def _argument(arg: cst.Arg, method: str) -> bool:
    word = last_name(arg.keyword) if arg.keyword else ""
    if word == "type" and method in ("get", "getlist"):
        return last_name(arg.value) in CASTS
    return not arg.star and constant(arg.value)


def constant(node: cst.CSTNode) -> bool:
    """Whether an expression means the same wherever it stands, and cannot be changed."""
    match node:
        case cst.Name(value="None" | "True" | "False"):
            return True
        case cst.UnaryOperation(operator=cst.Minus(), expression=inner):
            return constant(inner)
        case cst.Tuple(elements=elements):
            return all(constant(each.value) for each in elements)
        case cst.List(elements=elements) | cst.Dict(elements=elements):
            return not elements
    return isinstance(node, cst.SimpleString | cst.Integer | cst.Float | cst.ConcatenatedString)
