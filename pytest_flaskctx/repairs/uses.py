"""What a task function uses of Flask's proxies, each use as a value that the view can read."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import takewhile
from typing import NamedTuple

import libcst as cst

from pytest_flaskctx.repairs import reasons
from pytest_flaskctx.repairs.certainty import doubt
from pytest_flaskctx.repairs.extensions import of_extension
from pytest_flaskctx.repairs.managers import (
    CONTEXTS,
    FULL_CONTEXTS,
    check_pushes,
    unknown_around,
)
from pytest_flaskctx.repairs.modules import Function, Module, last_name, walk
from pytest_flaskctx.repairs.outcome import RefusedError
from pytest_flaskctx.repairs.project import Project
from pytest_flaskctx.repairs.proxies import (
    BY_APP,
    Root,
    function_at,
    is_use,
    of_database,
    roots,
)
from pytest_flaskctx.repairs.reads import KINDS, Step, after, called, constant
from pytest_flaskctx.repairs.sharing import check_live, check_unchanged, is_shared

Link = cst.Attribute | cst.Subscript | cst.Call

OWN = {"current_app", "app_ctx", "g"}
"""What a task has that pushes an application context of its own."""

GETTERS = {"best_match", "get", "get_json", "getlist"}
"""Methods that only read, whatever they are asked for."""

TORN_DOWN = {"g", "current_user"}
HARMLESS = {"add", "append", "format", "join", "put", "setdefault", "str", "int", "len", "print"}


class Use(NamedTuple):
    """One value that the task reads.

    Attributes:
        root: the proxy, or the function that needs a context.
        node: what the task wrote, to be replaced by a name.
        kind: what kind of value it is, as in :data:`~pytest_flaskctx.repairs.reads.KINDS`.
        raises: whether reading it may raise.
    """

    root: Root
    node: cst.BaseExpression
    kind: str
    raises: bool


def uses_in(project: Project, module: Module, function: Function) -> list[Use]:
    """Return every value that a task reads of a proxy.

    Raises:
        RefusedError: where one of them cannot be read beforehand.
    """
    check_pushes(module, function)
    found = [
        _use(module, root)
        for root in roots(module, function.body)
        if not _is_own(module, root, function)
    ]
    for node in walk(function.body):
        _check_extension(project, module, node, function)
    called_there = (_by_function(module, node, function) for node in walk(function.body))
    found += [use for use in called_there if use is not None]
    sure = {
        module.short(use.node) for use in found if not doubt(project, module, use.node, function)
    }
    for use in found:
        _check(project, module, use, function, sure)
        _check_sharing(project, module, use, function)
        if manager := unknown_around(module, use.node, function):
            shown = module.short(use.node), manager
            raise RefusedError(reasons.UNKNOWN_MANAGER.format(*shown))
    return found


def _is_own(module: Module, root: Root, function: Function) -> bool:
    """Whether a proxy stands for what the task itself has pushed."""
    if _in_own_context(module, root.node, function, FULL_CONTEXTS):
        return True
    return root.proxy in OWN and _in_own_context(module, root.node, function)


def _in_own_context(
    module: Module, node: cst.CSTNode, function: Function, contexts: Collection[str] = CONTEXTS
) -> bool:
    """Whether the task has pushed a context of its own around a node."""
    around = takewhile(lambda step: step[1] is not function, module.parents(node))
    blocks = (o for inner, o in around if isinstance(o, cst.With) and inner is o.body)
    items = (item.item for block in blocks for item in block.items)
    return any(isinstance(i, cst.Call) and last_name(i.func) in contexts for i in items)


def _check_extension(
    project: Project, module: Module, node: cst.CSTNode, function: Function
) -> None:
    """What an extension made may look up the application, and would find none."""
    if not isinstance(node, cst.Name) or not of_extension(project, module, node):
        return
    if not _in_own_context(module, node, function):
        raise RefusedError(reasons.FUNCTION.format(module.short(top(module, node))))


def _by_function(module: Module, node: cst.CSTNode, function: Function) -> Use | None:
    if of_database(module, node) and not _in_own_context(module, node, function):
        raise RefusedError(reasons.FUNCTION.format(module.short(node)))
    if not isinstance(node, cst.Name | cst.Attribute):
        return None
    name = function_at(module, node)
    if not name or (name in {*BY_APP, "url_for"} and _in_own_context(module, node, function)):
        return None
    call = module.parent(node)
    read = called(name, call)
    if read is None:
        shown = call if isinstance(call, cst.Call) else node
        raise RefusedError(reasons.FUNCTION.format(module.short(shown)))
    return Use(Root(node, name), read.node, read.kind, read.raises)


def _use(module: Module, root: Root) -> Use:
    step, best = Step(root.node, root.proxy, raises=False), None
    while (following := _next(module, step)) is not None:
        step = following
        best = step if KINDS[step.kind].value else best
    if step.kind == "current_app" and _pushes_it(module, step.node):
        return Use(root, step.node, "application", raises=False)
    if KINDS[step.kind].closed:
        raise RefusedError(reasons.CLOSED.format(module.short(step.node)))
    if best is None:
        raise RefusedError(_why_not(module, step.node))
    return Use(root, best.node, best.kind, best.raises)


def _next(module: Module, step: Step) -> Step | None:
    outer = module.parent(step.node)
    return after(step, outer, module.parent(outer) if outer is not None else None)


def _pushes_it(module: Module, node: cst.BaseExpression) -> bool:
    attribute = _continued(module, node)
    call = _continued(module, attribute) if attribute is not None else None
    return isinstance(call, cst.Call) and last_name(call.func) == "app_context"


def _why_not(module: Module, node: cst.BaseExpression) -> str:
    """Say why nothing of what begins with ``node`` can be read beforehand."""
    whole = module.short(top(module, node))
    if stored(module, top(module, node)):
        return reasons.WRITES.format(whole)
    outer = module.parent(node)
    if isinstance(outer, cst.Subscript):
        return _depends(module, outer, outer.slice) or reasons.UNKNOWN_PART.format(whole)
    if not isinstance(outer, cst.Attribute):
        return reasons.BARE.format(module.short(node))
    call = module.parent(outer)
    if isinstance(call, cst.Call) and call.func is outer:
        known = _depends(module, call, call.args) if outer.attr.value in GETTERS else ""
        return known or reasons.UNKNOWN_CALL.format(module.short(call))
    return reasons.UNKNOWN_PART.format(module.short(outer))


def _depends(module: Module, whole: cst.CSTNode, parts: object) -> str:
    """Say on which name of the task's an expression depends."""
    nodes = (n for part in _tuple(parts) for n in walk(part))
    names = (
        n.value
        for n in nodes
        if isinstance(n, cst.Name) and not constant(n) and not _word(module, n)
    )
    name = next(names, "")
    return reasons.DEPENDS.format(module.short(whole), name) if name else ""


def _tuple(parts: object) -> tuple[cst.CSTNode, ...]:
    return tuple(parts) if isinstance(parts, list | tuple) else ()


def _word(module: Module, name: cst.Name) -> bool:
    outer = module.parent(name)
    return isinstance(outer, cst.Arg) and outer.keyword is name


def top(module: Module, node: cst.BaseExpression) -> cst.BaseExpression:
    """Return the longest chain that begins with ``node``."""
    while (longer := _continued(module, node)) is not None:
        node = longer
    return node


def _continued(module: Module, node: cst.CSTNode) -> Link | None:
    """Return the attribute, subscript or call of what ``node`` is."""
    match outer := module.parent(node):
        case cst.Attribute(value=part) | cst.Subscript(value=part) | cst.Call(func=part):
            return outer if part is node else None
    return None


def stored(module: Module, node: cst.CSTNode) -> bool:
    """Whether an expression is assigned to, deleted or augmented."""
    outer = module.parent(node)
    while isinstance(outer, cst.Tuple | cst.List | cst.Element | cst.StarredElement):
        node, outer = outer, module.parent(outer)
    if isinstance(outer, cst.AugAssign | cst.AnnAssign | cst.For | cst.CompFor | cst.NamedExpr):
        return node is outer.target
    return isinstance(outer, cst.AssignTarget | cst.Del | cst.AsName)


def _check(
    project: Project, module: Module, use: Use, function: Function, sure: Collection[str]
) -> None:
    whole = top(module, use.node)
    if stored(module, whole):
        raise RefusedError(reasons.WRITES.format(module.short(whole)))
    if call := _unknown_call(module, use.node, use.kind):
        raise RefusedError(reasons.UNKNOWN_CALL.format(module.short(call)))
    if whole is use.node:
        _check_passing(module, use)
    _check_aliases(module, use, function)
    shown = module.short(use.node)
    if use.raises and shown not in sure:
        where = doubt(project, module, use.node, function)
        raise RefusedError(reasons.MAY_RAISE.format(shown, where))
    if any(_prints_itself(outer) for _, outer in module.parents(use.node)):
        raise RefusedError(reasons.PRINTED.format(module.short(use.node)))


def _prints_itself(outer: cst.CSTNode) -> bool:
    return isinstance(outer, cst.FormattedStringExpression) and outer.equal is not None


def _unknown_call(module: Module, node: cst.BaseExpression, kind: str) -> cst.Call | None:
    """Return what is called on a value and is not known to be harmless."""
    allowed = KINDS[kind].calls
    current: cst.BaseExpression = node
    while allowed is not None and (outer := _continued(module, current)) is not None:
        if isinstance(outer, cst.Call):
            if current is node or last_name(current) not in allowed:
                return outer
            allowed = frozenset() if kind == "application" else allowed
        current = outer
    return None


def _check_passing(module: Module, use: Use) -> None:
    """What ends with the request goes to nobody of whom it is not known what he does with it."""
    arg = module.parent(use.node)
    call = module.parent(arg) if isinstance(arg, cst.Arg) else None
    if use.kind != "object" or use.root.proxy not in TORN_DOWN or not isinstance(call, cst.Call):
        return
    if last_name(call.func) not in HARMLESS:
        given = module.short(use.node), module.short(call.func)
        raise RefusedError(reasons.PASSED_ON.format(*given))


def _check_aliases(module: Module, use: Use, function: Function) -> None:
    """A local name for the value is used as the value might be, and no otherwise."""
    if KINDS[use.kind].calls is None:
        return
    for node in _aliases(module, use, function):
        whole = top(module, node)
        changed = stored(module, whole) and whole is not node
        if changed or _unknown_call(module, node, use.kind):
            shown = module.short(use.node), module.short(whole)
            raise RefusedError(reasons.ALIAS_CHANGED.format(*shown))


def _aliases(module: Module, use: Use, function: Function) -> Iterator[cst.Name]:
    """Yield every use of a local name for the value, or for what is in it."""
    known: set[str] = set()
    waiting = [*_assigned(module, top(module, use.node))]
    while waiting:
        alias = waiting.pop()
        known.add(alias)
        for node in _names(function, alias):
            yield node
            waiting += [name for name in _assigned(module, node) if name not in known]


def _check_sharing(project: Project, module: Module, use: Use, function: Function) -> None:
    """What the request has as well is only looked at."""
    live, shared = use.kind == "object", is_shared(use.kind, use.node)
    shown = module.short(use.node)
    for node in (use.node, *(_aliases(module, use, function) if live or shared else ())):
        whole = top(module, node)
        if stored(module, whole) or (isinstance(node, cst.Name) and not is_use(module, node)):
            continue
        if live:
            check_live(module, whole, shown)
        if shared:
            check_unchanged(project, module, whole, shown)


def _names(function: Function, name: str) -> Iterator[cst.Name]:
    return (n for n in walk(function.body) if isinstance(n, cst.Name) and n.value == name)


def _assigned(module: Module, node: cst.CSTNode) -> Iterator[str]:
    """Yield the names that an expression, or what is in it, is called."""
    targets: list[cst.CSTNode] = []
    while isinstance(outer := module.parent(node), cst.BooleanOperation | cst.IfExp):
        node = outer
    match outer:
        case cst.Assign(targets=several, value=value) if value is node:
            targets = [each.target for each in several]
        case (
            cst.AnnAssign(target=target, value=value) | cst.NamedExpr(target=target, value=value)
        ) if value is node:
            targets = [target]
        case cst.For(target=target, iter=value) | cst.CompFor(target=target, iter=value) if (
            value is node
        ):
            targets = [target]
    names = (node for target in targets for node in walk(target))
    yield from (each.value for each in names if isinstance(each, cst.Name))
