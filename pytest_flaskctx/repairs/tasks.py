"""The task function: whether it may take one value more, and who else speaks of it."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from pytest_flaskctx.repairs import reasons
from pytest_flaskctx.repairs.modules import Function, Module, name_of, walk
from pytest_flaskctx.repairs.outcome import RefusedError
from pytest_flaskctx.repairs.project import Project
from pytest_flaskctx.repairs.proxies import bindings, function_at, is_use, qualified, roots

KNOWN_DECORATORS = {"flask.copy_current_request_context", "flask.ctx.copy_current_request_context"}
INTROSPECTS = {"eval", "exec", "globals", "locals", "vars", "dir"}


def check_task(project: Project, module: Module, function: Function) -> None:
    """Look whether a function can be given a value.

    Raises:
        RefusedError: where that is not certain.
    """
    name = name_of(function)
    if isinstance(function, cst.FunctionDef):
        for decorator in function.decorators:
            _check_decorator(module, name, decorator.decorator)
        if function.asynchronous is not None:
            raise RefusedError(reasons.ASYNC_TASK.format(name))
    if yields(function):
        raise RefusedError(reasons.GENERATOR_TASK.format(name))
    check_names(function)
    for node in walk(function.body):
        if isinstance(node, cst.Name) and is_use(module, node) and _unbound(module, node):
            raise RefusedError(reasons.UNKNOWN_PROXY.format(node.value))
    for default in _defaults(function):
        for root in roots(module, default):
            raise RefusedError(reasons.BARE.format(module.short(root.node)))
    _check_helpers(project, module, function)


def _check_decorator(module: Module, name: str, decorator: cst.BaseExpression) -> None:
    if qualified(module, decorator) not in KNOWN_DECORATORS:
        raise RefusedError(reasons.DECORATED.format(name, module.short(decorator)))


def check_names(function: Function) -> None:
    """Look whether a function may have a local name more.

    Raises:
        RefusedError: where it looks at its names itself.
    """
    for node in walk(function.body):
        match node:
            case cst.Call(func=cst.Name(called)) if called in INTROSPECTS:
                raise RefusedError(reasons.INTROSPECTED.format(name_of(function), called))


def _unbound(module: Module, node: cst.Name) -> bool:
    """Whether a name is bound by nothing that can be read, as by an import of ``*``."""
    return not module.scope(node)[node.value] and not node.value.startswith("__")


def _defaults(function: Function) -> Iterator[cst.BaseExpression]:
    for node in walk(function.params):
        if isinstance(node, cst.Param) and node.default is not None:
            yield node.default


def yields(function: Function) -> bool:
    """Whether a function is a generator."""
    return any(isinstance(node, cst.Yield) for node in own(function.body))


def own(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield what runs with a function itself, nothing of the functions within it."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        if not isinstance(current, cst.FunctionDef | cst.Lambda):
            waiting += current.children


def _check_helpers(project: Project, module: Module, function: Function) -> None:
    """Look whether what the task calls uses a proxy as well, as far as that can be followed."""
    if found := used_beneath(project, module, function.body):
        raise RefusedError(reasons.HELPER.format(name_of(function), *found))


def used_beneath(
    project: Project, module: Module, node: cst.CSTNode, *apart: cst.CSTNode
) -> tuple[str, str] | None:
    """Return a function of the project's that a node names, and a proxy that is used there.

    What that function names is followed as well; ``None`` where no proxy is met.

    Args:
        project: where what is named is looked up.
        module: where the node stands.
        node: an expression, or the body of a function.
        apart: functions that are passed by.
    """
    seen = [*apart]
    waiting: list[tuple[Module, cst.CSTNode]] = [(module, node)]
    while waiting:
        for home, helper in called_in(project, *waiting.pop()):
            if helper in seen:
                continue
            if used := _first_use(home, helper):
                return name_of(helper), used
            seen.append(helper)
            waiting.append((home, helper.body))
    return None


def _first_use(module: Module, function: Function) -> str:
    for root in roots(module, function.body):
        return module.short(root.node)
    return next((name for n in walk(function.body) if (name := function_at(module, n))), "")


def called_in(
    project: Project, module: Module, within: cst.CSTNode
) -> Iterator[tuple[Module, Function]]:
    """Yield the project's functions that a node names."""
    for node in walk(within):
        match node:
            case cst.Name() if is_use(module, node):
                found = definition(project, module, node)
            case cst.Attribute(value=cst.Name("self" | "cls"), attr=cst.Name(name)):
                method = _method(module, node, name)
                found = (module, method) if method is not None else None
            case cst.Attribute():
                found = definition(project, module, node)
            case _:
                found = None
        if found is not None:
            yield found


def _method(module: Module, within: cst.CSTNode, name: str) -> cst.FunctionDef | None:
    for _, outer in module.parents(within):
        if isinstance(outer, cst.ClassDef):
            for node in outer.body.body:
                if isinstance(node, cst.FunctionDef) and node.name.value == name:
                    return node
    return None


def definition(
    project: Project, module: Module, node: cst.BaseExpression
) -> tuple[Module, cst.FunctionDef] | None:
    """Return the function of the project that a name or a module's attribute stands for."""
    first = module.short(node).partition(".")[0]
    bound = bindings(module, node, first)
    if isinstance(node, cst.Name) and len(bound) == 1:
        made = bound[0].node
        if isinstance(made, cst.FunctionDef):
            return module, made
    home, _, name = qualified(module, node).rpartition(".")
    found = project.find(home) if name and home else None
    made_there = [d for d in top_level(found) if d.name.value == name] if found else []
    return (found, made_there[0]) if found and len(made_there) == 1 else None


def top_level(module: Module) -> Iterator[cst.FunctionDef]:
    """Yield the functions at the top level of a module."""
    return (node for node in module.tree.body if isinstance(node, cst.FunctionDef))
