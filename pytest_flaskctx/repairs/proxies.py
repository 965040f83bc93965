"""Which names are proxies of Flask's or of an extension's, however they were imported."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import libcst as cst
from libcst.metadata import Assignment, QualifiedNameSource

from pytest_flaskctx.repairs.modules import Module, last_name, walk

PROXIES = {
    **{
        f"{home}.{name}": name
        for home in ("flask", "flask.globals")
        for name in ("request", "session", "g", "current_app", "app_ctx", "request_ctx")
    },
    **{
        f"{home}.current_user": "current_user"
        for home in (
            "flask_login",
            "flask_login.utils",
            "flask_jwt_extended",
            "flask_jwt_extended.utils",
            "flask_security",
        )
    },
}
"""Each proxy that can be read from source, by where it is imported from."""

BY_APP = {
    "get_template_attribute", "jsonify", "render_template", "render_template_string",
    "stream_template", "stream_template_string",
}  # fmt: skip
"""Functions of Flask to which the task's own application context is enough."""

BY_REQUEST = {
    "after_this_request", "copy_current_request_context", "flash", "get_flashed_messages",
    "has_app_context", "has_request_context", "make_response", "redirect", "send_file",
    "send_from_directory", "stream_with_context", "url_for",
}  # fmt: skip
DATABASE = {"session", "query", "engine", "engines"}
"""What Flask-SQLAlchemy's objects look up in the application context."""


class Root(NamedTuple):
    """Where a chain begins.

    Attributes:
        node: the name, or the attribute of a module.
        proxy: which proxy it is.
    """

    node: cst.BaseExpression
    proxy: str


def qualified(module: Module, node: cst.BaseExpression) -> str:
    """Return where a name was imported from, such as ``flask.request``; empty where unknown."""
    return meaning(module, node, module.short(node))


def meaning(module: Module, node: cst.CSTNode, dotted: str) -> str:
    """Return where a dotted name was imported from that would stand where ``node`` does."""
    if not all(part.isidentifier() for part in dotted.split(".")):
        return ""
    found = module.scope(node).get_qualified_names_for(dotted)
    imported = {each.name for each in found if each.source is QualifiedNameSource.IMPORT}
    if len(found) == len(imported) == 1:
        return imported.pop()
    first, dot, rest = dotted.partition(".")
    skipped = {_skipped(module, each) for each in bindings(module, node, first)}
    return skipped.pop() + dot + rest if len(skipped) == 1 and "" not in skipped else ""


def bindings(module: Module, node: cst.CSTNode, name: str) -> list[Assignment]:
    """Return what binds ``name`` where ``node`` is evaluated; nothing for a builtin."""
    return [each for each in module.scope(node)[name] if isinstance(each, Assignment)]


def _skipped(module: Module, binding: Assignment) -> str:
    """Return the module that ``x = pytest.importorskip("...")`` imports, else empty."""
    target = module.parent(binding.node)
    assign = module.parent(target) if isinstance(target, cst.AssignTarget) else None
    match assign:
        case cst.Assign(
            value=cst.Call(
                func=cst.Attribute(attr=cst.Name("importorskip")),
                args=[cst.Arg(value=cst.SimpleString() as text), *_],
            )
        ):
            return str(text.evaluated_value)
    return ""


def is_use(module: Module, node: cst.CSTNode) -> bool:
    """Whether a name stands for a variable, and is no attribute, keyword or parameter."""
    if not isinstance(node, cst.Name):
        return False
    match module.parent(node):
        case cst.Attribute(attr=attr):
            return attr is not node
        case cst.Arg(keyword=keyword):
            return keyword is not node
        case cst.Param(name=name):
            return name is not node
        case cst.FunctionDef() | cst.ClassDef() | cst.NameItem() | cst.ImportAlias() | cst.AsName():
            return False
    return True


def root_of(module: Module, node: cst.CSTNode) -> Root | None:
    """Return the proxy that a name begins, ``None`` where it begins none."""
    if not is_use(module, node):
        return None
    current = cst.ensure_type(node, cst.Name)
    chain: cst.BaseExpression = current
    while True:
        if proxy := PROXIES.get(qualified(module, chain)):
            return Root(chain, proxy)
        outer = module.parent(chain)
        if not isinstance(outer, cst.Attribute) or outer.value is not chain:
            return None
        chain = outer


def roots(module: Module, within: cst.CSTNode) -> Iterator[Root]:
    """Yield every use of a proxy within a node, in the order of the source."""
    for node in walk(within):
        if root := root_of(module, node):
            yield root


def function_at(module: Module, node: cst.CSTNode) -> str:
    """Return which function of Flask or an extension a name is that needs a context, or empty."""
    if not isinstance(node, cst.Name | cst.Attribute) or isinstance(
        module.parent(node), cst.Attribute
    ):
        return ""
    if isinstance(node, cst.Name) and not is_use(module, node):
        return ""
    home, _, name = qualified(module, node).rpartition(".")
    if any(f"{home}.{name}.".startswith(f"{proxy}.") for proxy in PROXIES):
        return ""
    if home.split(".")[0] == "flask" and name in BY_APP | BY_REQUEST:
        return name
    return name if home.startswith("flask_") and name.islower() else ""


def of_database(module: Module, node: cst.CSTNode) -> bool:
    """Whether an attribute is likely to be what a database looks up in a context."""
    if not isinstance(node, cst.Attribute) or node.attr.value not in DATABASE:
        return False
    home = qualified(module, node).partition(".")[0]
    return last_name(node.value) != "self" and home != "requests"
