"""What a ``with`` may do besides: give a context of its own, or swallow what is raised."""

from __future__ import annotations

import builtins
import sys
from itertools import takewhile

import libcst as cst

from pytest_flaskctx.repairs import reasons
from pytest_flaskctx.repairs.modules import Function, Module, last_name, walk
from pytest_flaskctx.repairs.outcome import RefusedError
from pytest_flaskctx.repairs.proxies import bindings, is_use, qualified

FULL_CONTEXTS = {"request_context", "test_request_context"}
CONTEXTS = {"app_context", *FULL_CONTEXTS}

SILENCERS = {"suppress", "raises", "ExitStack", "AsyncExitStack"}
PUSHES = {"__enter__", "enter_context", "enter_async_context", "push"}
MADE = {"AppContext", "RequestContext"}


def is_known(module: Module, manager: cst.BaseExpression) -> bool:
    """Whether a manager surely swallows nothing, and surely pushes no context but a plain one."""
    if isinstance(manager, cst.Name | cst.Attribute):
        made = _made_as(module, manager)
        return made is not None and last_name(made.func) not in CONTEXTS and is_known(module, made)
    if not isinstance(manager, cst.Call) or last_name(manager.func) in SILENCERS:
        return False
    if last_name(manager.func) in CONTEXTS:
        return True
    if home := qualified(module, manager.func).partition(".")[0]:
        return home in sys.stdlib_module_names
    return isinstance(manager.func, cst.Name) and is_builtin(module, manager.func)


def is_builtin(module: Module, name: cst.Name) -> bool:
    """Whether a name is Python's own."""
    return hasattr(builtins, name.value) and not bindings(module, name, name.value)


def _made_as(module: Module, name: cst.BaseExpression) -> cst.Call | None:
    """Return the call whose result a name is, where it is that for certain."""
    bound = bindings(module, name, name.value) if isinstance(name, cst.Name) else []
    target = module.parent(bound[0].node) if len(bound) == 1 else None
    assign = module.parent(target) if isinstance(target, cst.AssignTarget) else None
    made = assign.value if isinstance(assign, cst.Assign) else None
    return made if isinstance(made, cst.Call) else None


def unknown_around(module: Module, node: cst.CSTNode, function: Function) -> str:
    """Return a manager around a node of which it is not known what it does, else empty."""
    steps = takewhile(lambda step: step[1] is not function, module.parents(node))
    items = (item.item for step in steps for item in _entered(*step))
    return next((module.short(each) for each in items if not is_known(module, each)), "")


def _entered(inner: cst.CSTNode, outer: cst.CSTNode) -> list[cst.WithItem]:
    """Return what is entered before ``inner`` is run."""
    if not isinstance(outer, cst.With):
        return []
    if inner is outer.body:
        return list(outer.items)
    return list(outer.items[: list(outer.items).index(inner)])  # type: ignore[arg-type]  # an item


def check_pushes(module: Module, function: Function) -> None:
    """Look whether a task gets itself a context in no other way than ``with x.app_context():``.

    Raises:
        RefusedError: where it may: what it reads might be its own.
    """
    for node in walk(function.body):
        if _pushes(module, node):
            raise RefusedError(reasons.OWN_CONTEXT.format(module.short(node)))


def _pushes(module: Module, node: cst.CSTNode) -> bool:
    if not isinstance(node, cst.Name | cst.Attribute) or (
        isinstance(node, cst.Name) and not is_use(module, node)
    ):
        return False
    if last_name(node) in CONTEXTS:
        call = module.parent(node)
        return not isinstance(call, cst.Call) or not _is_entered(module, call)
    return last_name(node) in MADE or (
        isinstance(node, cst.Attribute) and node.attr.value in PUSHES
    )


def _is_entered(module: Module, call: cst.Call) -> bool:
    return isinstance(module.parent(call), cst.WithItem)
