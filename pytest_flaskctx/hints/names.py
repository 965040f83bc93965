"""Names: of functions as prose shows them, and of values in the code to paste."""

from __future__ import annotations

import ast
import builtins
import keyword
import re
import unicodedata

from pytest_flaskctx.hints.case import Case
from pytest_flaskctx.hints.syntax import last_name, part_of_getattr, variables_in

BY_ATTRIBUTE = {"json": "data", "get_json": "data", "data": "body", "get_data": "body"}
BY_ATTRIBUTE |= {"args": "query", "kwargs": "options"}
TOO_GENERAL = {"id", "name", "key", "value", "get_id"}
OURS = {"partial", "app", "threading", "queue", "item", "executor", "loop", "future", "asyncio"}
COMPREHENSIONS = {"<listcomp>", "<genexpr>", "<dictcomp>", "<setcomp>"}


def function_name(qualified: str) -> str:
    """Return ``work`` for ``create_app.<locals>.work``, ``Mailer.run`` for ``Mailer.run``."""
    parts = [part for part in qualified.split(".") if part not in COMPREHENSIONS]
    while parts and parts[-1] == "<locals>":
        parts.pop()
    tail = ".".join(parts).rpartition("<locals>.")[2]
    return "".join(c if c.isprintable() else "?" for c in tail)


def plain_name(qualified: str) -> str:
    """Return the last part of a function's name where code can call it so, else empty."""
    name = function_name(qualified)
    return name if name.isidentifier() and not keyword.iskeyword(name) else ""


def spoken(qualified: str, unknown: str) -> str:
    """Return how a sentence calls a function; ``unknown`` where it has no name."""
    name = function_name(qualified)
    if name.endswith("<lambda>"):
        return "the lambda"
    return "the module's top level" if name == "<module>" else f"`{name}`" if name else unknown


def value_name(node: ast.expr) -> str:
    """Return what to call the value of ``node``: ``user`` for ``request.args["user"]``."""
    name, inner = _step(node)
    if name in TOO_GENERAL and inner is not None:
        name = f"{value_name(inner)}_{name.removeprefix('get_')}"
    elif not name and inner is not None:
        name = value_name(inner)
    return identifier(name)


def _step(node: ast.expr) -> tuple[str, ast.expr | None]:
    """Return what one step of a chain is called, and what it is a step from."""
    match node:
        case ast.Call(args=[inner, *_]) if attribute := part_of_getattr(node):
            return attribute, inner
        case ast.Subscript(slice=ast.Constant(value=str(key))):
            return key, None
        case ast.Call(func=ast.Attribute(), args=[ast.Constant(value=str(key)), *_]):
            return key, None
        case (
            ast.Attribute(attr=name, value=inner)
            | ast.Call(func=ast.Attribute(attr=name, value=inner))
        ):
            return BY_ATTRIBUTE.get(name, name), inner
        case ast.Subscript(value=inner):
            return "", inner
    return last_name(node).removeprefix("current_"), None


def identifier(text: str) -> str:
    """Turn any text into a name in lower case."""
    # Python reads an identifier so, and takes two that look alike for one.
    text = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower())
    name = re.sub(r"\W+", "_", text).strip("_")
    return name if name.isidentifier() else f"value_{name}" if name else "value"


def free_name(wanted: str, case: Case) -> str:
    """Return ``wanted``, or a longer name where the case's own code uses it for something else."""
    taken = variables_in(case.call) | OURS | set(case.root.split("."))
    taken |= {case.proxy, plain_name(case.function)}
    taken |= set(function_name(case.handing).split("."))
    name = wanted
    while name in taken or keyword.iskeyword(name) or hasattr(builtins, name):
        name += "_value"
    return name
