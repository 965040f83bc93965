"""Names for what is handed over, free where they are to be used."""

from __future__ import annotations

import ast
import builtins
import keyword
import unicodedata
from collections.abc import Collection, Iterator
from itertools import takewhile

import libcst as cst
from libcst.metadata import ImportAssignment

from pytest_flaskctx.hints.names import value_name
from pytest_flaskctx.repairs.modules import Module, walk
from pytest_flaskctx.repairs.proxies import PROXIES, bindings

RESULTS = {"get_jwt": "claims", "get_jwt_identity": "identity", "url_for": "url"}
_SCOPES = (cst.FunctionDef, cst.Lambda, cst.ClassDef, cst.BaseComp)


def wish(text: str, kind: str, proxy: str) -> str:
    """Return what to call the value of an expression, if that is free.

    Args:
        text: its source.
        kind: what kind of value it is.
        proxy: of which proxy or function it is.
    """
    if kind == "application":
        return "app"
    if proxy in RESULTS:
        return RESULTS[proxy]
    return value_name(ast.parse(text, mode="eval").body)


def variables(module: Module, function: cst.CSTNode) -> set[str]:
    """Return the names that mean something in a function or module, less those of inner scopes.

    A function's decorators are evaluated around it, and count as little.
    """
    inside = [function]
    if isinstance(function, cst.FunctionDef):
        inside = [function.params, function.body]
    inner = {
        id(module.scope(child))
        for part in inside
        for node in walk(part)
        if node is not function and isinstance(node, cst.FunctionDef | cst.Lambda | cst.CompFor)
        for child in _within(node)
    } - {id(module.scope(module.tree))}
    return {
        node.value
        for part in inside
        for node in walk(part)
        if isinstance(node, cst.Name) and _is_variable(module, node)
        if not _only_in(inner, module, node, function)
    }


def spelt_in(module: Module, node: cst.CSTNode) -> set[str]:
    """Return every variable within a node, of whatever scope it is."""
    return {n.value for n in walk(node) if isinstance(n, cst.Name) and _is_variable(module, n)}


def reserved(module: Module) -> set[str]:
    """Return the names that what is put into a function may need: no value hides them there."""
    scope = module.scope(module.tree)
    made = (each for each in scope.assignments if isinstance(each, ImportAssignment))
    return {"flask", "functools", "partial", *PROXIES.values(), *(each.name for each in made)}


def hidden_at(module: Module, node: cst.CSTNode, function: cst.CSTNode) -> set[str]:
    """Return the names of the scopes between a node and the function around them."""
    steps = takewhile(lambda step: step[1] is not function, module.parents(node))
    scopes = (outer for _, outer in steps if isinstance(outer, _SCOPES))
    return {name for scope in scopes for name in spelt_in(module, scope)}


def _within(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield what is evaluated in the scope that a node makes."""
    if isinstance(node, cst.CompFor):
        yield from walk(node.target)
    else:
        yield from walk(node.body)  # type: ignore[attr-defined]  # all others are functions


def _is_variable(module: Module, node: cst.Name) -> bool:
    match module.parent(node):
        case cst.Attribute(attr=attr):
            return attr is not node
        case cst.Arg(keyword=keyword):
            return keyword is not node
    return True


def _only_in(inner: Collection[int], module: Module, node: cst.Name, function: cst.CSTNode) -> bool:
    """Whether a name means something in functions within ``function`` only."""
    if isinstance(module.parent(node), cst.ImportAlias | cst.AsName):
        # What is imported under a name is evaluated nowhere, and so is of no scope.
        around = next(iter(module.functions(node)), module.tree)
        return around is not function
    bound = bindings(module, node, node.value)
    return bool(bound) and all(id(each.scope) in inner for each in bound)


def free(wanted: str, proxy: str, *taken: Collection[str]) -> str:
    """Return ``wanted``, or a longer name where that is taken.

    Args:
        wanted: the name.
        proxy: of which proxy the value is, the first thing to tell two of them apart.
        taken: names that mean something else.
    """
    name = wanted
    if _is_taken(name, taken):
        prefix = proxy.removeprefix("current_")
        name = f"{prefix if prefix != wanted else 'flask'}_{wanted}"
    while _is_taken(name, taken):
        name += "_value"
    return name


def normal(name: str) -> str:
    """Return a name as Python reads it."""
    return name if name.isascii() else unicodedata.normalize("NFKC", name)


def _is_taken(name: str, taken: Collection[Collection[str]]) -> bool:
    known = any(name == normal(other) for each in taken for other in each)
    return (
        known or keyword.iskeyword(name) or keyword.issoftkeyword(name) or hasattr(builtins, name)
    )
