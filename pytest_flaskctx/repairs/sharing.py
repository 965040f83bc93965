"""What task and request have in common when a value is handed over: the object itself."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator

import libcst as cst

from pytest_flaskctx.repairs import reasons
from pytest_flaskctx.repairs.managers import is_builtin
from pytest_flaskctx.repairs.modules import Function, Module, last_name, walk
from pytest_flaskctx.repairs.outcome import RefusedError
from pytest_flaskctx.repairs.project import Project
from pytest_flaskctx.repairs.proxies import qualified, roots
from pytest_flaskctx.repairs.reads import CHANGERS, KINDS, LOGGING
from pytest_flaskctx.repairs.tasks import definition

KEEPERS = {"add", "append", "format", "join", "put", "setdefault", *LOGGING}
"""Methods that keep or show what they are given."""

CHANGING = {"bisect", "heapq", "operator", "random", "functools"}
"""Parts of the standard library that may change what they are given."""

FRESH = {"getlist", "to_dict", "get_data"}
"""Methods that make what they return anew."""

READ_BY = (
    cst.Comparison,
    cst.ComparisonTarget,
    cst.FormattedStringExpression,
    cst.BinaryOperation,
    cst.UnaryOperation,
    cst.Expr,
    cst.Index,
    cst.If,
    cst.While,
)
HOLDS = (cst.Tuple, cst.List, cst.Set, cst.Dict, cst.Element, cst.DictElement)
CHOICES = (cst.BooleanOperation, cst.IfExp, cst.NamedExpr)


def is_shared(kind: str, node: cst.BaseExpression) -> bool:
    """Whether a value may be changed by whoever has it, and was not made anew."""
    made = isinstance(node, cst.Call) and last_name(node.func) in FRESH
    return kind == "plain" and not made


def check_live(module: Module, whole: cst.BaseExpression, shown: str) -> None:
    """Look whether an object that ends with the request is only looked at.

    Raises:
        RefusedError: where it might be used longer.
    """
    outer = module.parent(whole)
    if isinstance(outer, READ_BY) or _test_of(outer, whole) or _kept_by_name(outer):
        return
    given = _given_with(module, whole)
    if given is None:
        raise RefusedError(reasons.LIVE.format(shown, module.short(outer or whole)))


def _test_of(outer: cst.CSTNode | None, node: cst.CSTNode) -> bool:
    return isinstance(outer, cst.IfExp) and outer.test is node


def _kept_by_name(outer: cst.CSTNode | None) -> bool:
    match outer:
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name())]):
            return True
        case cst.AnnAssign(target=cst.Name()):
            return True
    return False


def _given_with(module: Module, node: cst.CSTNode) -> cst.Call | None:
    """Return the call that is given a node, or what holds it."""
    outer = module.parent(node)
    while isinstance(outer, HOLDS):
        outer = module.parent(outer)
    call = module.parent(outer) if isinstance(outer, cst.Arg) else None
    return call if isinstance(call, cst.Call) else None


def check_unchanged(project: Project, module: Module, node: cst.BaseExpression, shown: str) -> None:
    """Look whether nobody changes a value that the request has as well.

    Args:
        project: where what is given the value is looked up.
        module: where the value is used.
        node: the use of it, with all that is read of it.
        shown: the value, as a sentence shows it.

    Raises:
        RefusedError: where somebody might.
    """
    while isinstance(outer := module.parent(node), CHOICES):
        if _test_of(outer, node):
            return
        node = outer
    call = _given_with(module, node)
    if call is not None and not _leaves(project, module, call, node, set()):
        raise RefusedError(reasons.GIVEN_AWAY.format(shown, module.short(call.func)))
    if call is None and isinstance(outer, HOLDS):
        raise RefusedError(reasons.GIVEN_AWAY.format(shown, module.short(outer)))


def _leaves(
    project: Project, module: Module, call: cst.Call, node: cst.CSTNode, seen: set[str]
) -> bool:
    """Whether a call leaves what it is given as it is."""
    function = call.func
    home = qualified(module, function).partition(".")[0]
    if home in sys.stdlib_module_names or home == "flask":
        return home not in CHANGING
    if isinstance(function, cst.Attribute) and function.attr.value in KEEPERS:
        return True
    if isinstance(function, cst.Name) and is_builtin(module, function):
        return True
    found = definition(project, module, function)
    if found is None:
        return False
    parameter = _parameter(found[1], call, module, node)
    return parameter in seen or _only_read(project, *found, parameter, {*seen, parameter})


def _parameter(function: cst.FunctionDef, call: cst.Call, module: Module, node: cst.CSTNode) -> str:
    """Return the parameter that takes an argument, empty where it cannot be told."""
    arg = module.parent(node)
    params = [*function.params.posonly_params, *function.params.params]
    for param, given in zip(params, call.args, strict=False):
        if given.star or given.keyword:
            break
        if given is arg:
            return param.name.value
    return last_name(arg.keyword) if isinstance(arg, cst.Arg) and arg.keyword else ""


def _only_read(
    project: Project, module: Module, function: cst.FunctionDef, name: str, seen: set[str]
) -> bool:
    """Whether a function only reads one of its parameters."""
    names = [n for n in walk(function.body) if isinstance(n, cst.Name) and n.value == name]
    return bool(name) and all(_reads(project, module, node, seen) for node in names)


def _reads(project: Project, module: Module, node: cst.Name, seen: set[str]) -> bool:
    outer = module.parent(node)
    if isinstance(outer, READ_BY):
        return True
    if isinstance(outer, cst.Attribute) and outer.value is node:
        call = module.parent(outer)
        called = isinstance(call, cst.Call) and call.func is outer
        return called and outer.attr.value in (KINDS["plain"].calls or ())
    call = _given_with(module, node)
    return call is not None and _leaves(project, module, call, node, seen)


def check_later(
    module: Module, function: Function, task: cst.CSTNode, proxy: str, shown: str
) -> None:
    """Look whether the function that hands over changes what it has handed over.

    Raises:
        RefusedError: where it might, whenever that is.
    """
    aliases = set(_aliases(module, function, proxy))
    for node in _besides(function.body, task):
        changed = _changed(node)
        if changed is not None and _is_part(module, changed, proxy, aliases):
            raise RefusedError(reasons.CHANGED_LATER.format(shown, module.short(node)))


def _aliases(module: Module, function: Function, proxy: str) -> Iterator[str]:
    """Yield the names of what comes from a proxy."""
    for node in walk(function.body):
        match node:
            case cst.Assign(targets=targets, value=value) if _speaks_of(module, value, proxy):
                names = (each for target in targets for each in walk(target.target))
                yield from (each.value for each in names if isinstance(each, cst.Name))
            case cst.NamedExpr(target=cst.Name(name), value=value) if _speaks_of(
                module, value, proxy
            ):
                yield name


def _speaks_of(module: Module, node: cst.CSTNode, proxy: str) -> bool:
    return any(root.proxy == proxy for root in roots(module, node))


def _changed(node: cst.CSTNode) -> cst.BaseExpression | None:
    """Return what a node changes without giving it another name."""
    match node:
        case cst.Call(func=cst.Attribute(value=value, attr=cst.Name(name))) if name in CHANGERS:
            return value
        case cst.AugAssign(target=target):
            return target
        case cst.AssignTarget(target=cst.Subscript(value=value) | cst.Attribute(value=value)):
            return value
        case cst.Del(target=cst.Subscript(value=value) | cst.Attribute(value=value)):
            return value
    return None


def _is_part(
    module: Module, node: cst.BaseExpression, proxy: str, aliases: Collection[str]
) -> bool:
    """Whether an expression is part of what a proxy has, and not the proxy itself."""
    if any(root.node is node for root in roots(module, node)):
        return False
    named = (each.value for each in walk(node) if isinstance(each, cst.Name))
    return _speaks_of(module, node, proxy) or any(name in aliases for name in named)


def _besides(node: cst.CSTNode, task: cst.CSTNode) -> Iterator[cst.CSTNode]:
    waiting = [node]
    while waiting:
        current = waiting.pop()
        if current is not task:
            yield current
            waiting += current.children
