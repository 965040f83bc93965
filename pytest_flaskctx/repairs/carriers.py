"""What lets a context go along with a task, and the task without it.

A task that is given its values needs no context; left there, it would only outlive its request.
But it is taken away only from a task of which every call is known: a library might need it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection
from typing import Any

import libcst as cst
from libcst.metadata import GlobalScope

from pytest_flaskctx.repairs.managers import is_builtin
from pytest_flaskctx.repairs.modules import Function, Module, walk
from pytest_flaskctx.repairs.project import Project
from pytest_flaskctx.repairs.proxies import bindings, is_use, qualified
from pytest_flaskctx.repairs.reads import LOGGING
from pytest_flaskctx.repairs.tasks import KNOWN_DECORATORS, definition

Change = Callable[[cst.CSTNode], cst.CSTNode]
"""What becomes of a node, given what its parts have become."""

SIMPLE = {
    name
    for kind in (str, bytes, list, dict, set)
    for name in dir(kind)
    if not name.startswith("_") and name != "get"
} | {"acquire", "is_set", "put", "release", "result", "set", "task_done", "wait"}
"""Methods of which nobody's need a context, unless the project makes one of that name."""

MINDFUL = {"contextlib", "contextvars", "functools", "importlib", "logging", "runpy", "weakref"}
"""Parts of the standard library that may run, or find, what needs a context."""


def without_argument(call: cst.Call, index: int) -> tuple[cst.CSTNode, Change]:
    """Return how a call loses the argument at ``index``, behind which others follow."""

    def change(node: cst.CSTNode) -> cst.CSTNode:
        args = list(cst.ensure_type(node, cst.Call).args)
        return node.with_changes(args=[*args[:index], *args[index + 1 :]])

    return call, change


def without_target(call: cst.Call, target: int, held: int) -> tuple[cst.CSTNode, Change]:
    """Return how the first of a thread's arguments becomes the function that it runs.

    Args:
        call: the call that makes the thread.
        target: which argument of it is the function.
        held: which argument of it holds the arguments.
    """

    def change(node: cst.CSTNode) -> cst.CSTNode:
        args = list(cst.ensure_type(node, cst.Call).args)
        # A tuple or a list: else no offer was made.
        values: Any = args[held].value
        function, *others = values.elements
        if isinstance(values, cst.Tuple) and len(others) == 1:
            bare = cst.Comma(whitespace_after=cst.SimpleWhitespace(""))
            others = [others[0].with_changes(comma=bare)]
        args[target] = args[target].with_changes(value=function.value)
        args[held] = args[held].with_changes(value=values.with_changes(elements=others))
        return node.with_changes(args=args)

    return call, change


def without_wrapper(call: cst.Call) -> tuple[cst.CSTNode, Change]:
    """Return how a call becomes its only argument."""
    return call, lambda node: cst.ensure_type(node, cst.Call).args[0].value


def decorators(module: Module, function: Function) -> list[cst.CSTNode]:
    """Return the decorators that let a context go along with a function."""
    made = function.decorators if isinstance(function, cst.FunctionDef) else ()
    return [each for each in made if qualified(module, each.decorator) in KNOWN_DECORATORS]


def may_need(
    project: Project, module: Module, function: Function, read: Collection[cst.CSTNode]
) -> str:
    """Return what a task uses that may need a context, empty where none does.

    Args:
        project: where what the task calls is looked up.
        module: where the task is made.
        function: the task.
        read: what it reads of proxies itself, which it is given instead.
    """
    given = {id(node) for each in read for node in walk(each)}
    seen: list[cst.CSTNode] = [function]
    waiting: list[tuple[Module, Function]] = [(module, function)]
    while waiting:
        home, current = waiting.pop()
        for node in walk(current.body):
            if id(node) in given or not isinstance(node, cst.Call | cst.Attribute | cst.Name):
                continue
            known = definition(project, home, node)
            if known is None and not _harmless(project, home, node, given):
                call = home.parent(node)
                whole = call if isinstance(call, cst.Call) and call.func is node else node
                return home.short(whole)
            if known is not None and known[1] not in seen:
                seen.append(known[1])
                waiting.append(known)
    return ""


def _harmless(
    project: Project, module: Module, node: cst.BaseExpression, given: Collection[int]
) -> bool:
    """Whether a name, an attribute or a call in a task surely needs no context."""
    if isinstance(node, cst.Name):
        outer = module.parent(node)
        called = isinstance(outer, cst.Attribute) and definition(project, module, outer)
        return bool(called) or not is_use(module, node) or _is_plain(module, node)
    if isinstance(node, cst.Call):
        known = isinstance(node.func, cst.Attribute) or _is_known(module, node.func)
        return known or definition(project, module, node.func) is not None
    return isinstance(node, cst.Attribute) and _reads_only(project, module, node, given)


def _reads_only(
    project: Project, module: Module, node: cst.Attribute, given: Collection[int]
) -> bool:
    """Whether asking for an attribute, and calling it, surely needs no context."""
    if id(node.value) in given:
        return node.attr.value not in LOGGING
    if qualified(module, node):
        return _is_known(module, node)
    outer = module.parent(node)
    called = isinstance(outer, cst.Call) and outer.func is node
    return called and node.attr.value in SIMPLE and not project.makes(node.attr.value)


def _is_known(module: Module, node: cst.BaseExpression) -> bool:
    """Whether a name is Python's own, or of its library and minds no context."""
    if isinstance(node, cst.Name) and is_builtin(module, node):
        return True
    home = qualified(module, node).partition(".")[0]
    return home in sys.stdlib_module_names and home not in MINDFUL


def _is_plain(module: Module, name: cst.Name) -> bool:
    """Whether a name is a local one, Python's own, or a global that holds plain data."""
    bound = bindings(module, name, name.value)
    if bound and not any(isinstance(each.scope, GlobalScope) for each in bound):
        return not any(isinstance(each.node, cst.ClassDef) for each in bound)
    return _is_known(module, name) or (len(bound) == 1 and _holds_data(module, bound[0].node))


def _holds_data(module: Module, target: cst.CSTNode) -> bool:
    """Whether a global is made as a list, a lock or the like."""
    outer = module.parent(target)
    assign = module.parent(outer) if isinstance(outer, cst.AssignTarget) else outer
    if not isinstance(assign, cst.Assign | cst.AnnAssign):
        return False
    match assign.value:
        case cst.Call(func=function):
            return _is_known(module, function)
    return isinstance(assign.value, cst.List | cst.Dict | cst.Set | cst.BaseNumber | cst.BaseString)
