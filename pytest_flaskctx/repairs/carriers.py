"""What lets a context go along with a task, and the task without it.

A task that is given its values needs no context; left there, it would only outlive its request.
But it is taken away only from a task of which every call is known: a library might need it.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Callable, Collection, Iterator
from typing import Any

import libcst as cst

from pytest_flaskctx.repairs.modules import Function, Module, last_name, walk
from pytest_flaskctx.repairs.project import Project
from pytest_flaskctx.repairs.proxies import bindings, qualified
from pytest_flaskctx.repairs.tasks import KNOWN_DECORATORS, definition

Change = Callable[[cst.CSTNode], cst.CSTNode]
"""What becomes of a node, given what its parts have become."""

SIMPLE = {
    name
    for kind in (str, bytes, list, dict, set)
    for name in dir(kind)
    if not name.startswith("_")
} | {
    "acquire", "critical", "debug", "error", "exception", "info", "is_set", "log", "put", "release",
    "result", "set", "task_done", "wait", "warning", "write",
}  # fmt: skip
"""Methods of which nobody's need a context."""


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
    """Return a call of a task's that may need a context, empty where none does.

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
        for call in _calls(current):
            if id(call) in given:
                continue
            known = definition(project, home, call.func)
            if known is None and not _harmless(home, call.func):
                return home.short(call)
            if known is not None and known[1] not in seen:
                seen.append(known[1])
                waiting.append(known)
    return ""


def _calls(function: Function) -> Iterator[cst.Call]:
    return (node for node in walk(function.body) if isinstance(node, cst.Call))


def _harmless(module: Module, function: cst.BaseExpression) -> bool:
    home = qualified(module, function).partition(".")[0]
    if home:
        return home in sys.stdlib_module_names
    if isinstance(function, cst.Attribute):
        return last_name(function) in SIMPLE
    if not isinstance(function, cst.Name):
        return False
    return hasattr(builtins, function.value) and not bindings(module, function, function.value)
