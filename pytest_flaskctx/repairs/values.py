"""The values that a task needs: their source, what to call them, what they make needless."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Sequence
from typing import NamedTuple

import libcst as cst

from pytest_flaskctx.repairs.modules import Function, Module, walk
from pytest_flaskctx.repairs.naming import free, hidden_at, variables, wish
from pytest_flaskctx.repairs.uses import Use, stored

TEXTS = {"base_url", "full_path", "host", "host_url", "method", "path", "root_url", "scheme", "url"}


class Value(NamedTuple):
    """One value that a task needs.

    Attributes:
        use: the first use of it.
        text: the source of it, as the task's file spells it.
        wanted: what to call it.
        parameter: what the task calls it.
        statement: the assignment to that very name, which is not needed any more.
    """

    use: Use
    text: str
    wanted: str
    parameter: str
    statement: cst.CSTNode | None


def values_of(
    module: Module, task: Function, uses: Sequence[Use], given: Collection[str]
) -> list[Value]:
    """Return each value that a task needs once, in the order of their first uses.

    Args:
        module: where the task is made.
        task: the function.
        uses: what it reads of proxies.
        given: names that its parameters may not have.
    """
    # What a scope within the task calls its own would hide a parameter there.
    hidden = (hidden_at(module, use.node, task) for use in uses)
    taken = variables(module, task).union(given, *hidden)
    found: dict[str, Value] = {}
    texts = [text_of(module, use) for use in uses]
    for use, text in zip(uses, texts, strict=True):
        if text in found:
            continue
        statement = _needless(module, use, task) if texts.count(text) == 1 else None
        if statement is not None and _target(statement) in given:
            statement = None
        plain = _replaced(text, module.source(use.root.node), use.root.proxy)
        wanted = wish(plain, use.kind, use.root.proxy) if statement is None else _target(statement)
        parameter = free(wanted, use.root.proxy, taken) if statement is None else wanted
        taken.add(parameter)
        found[text] = Value(use, text, wanted, parameter, statement)
    return list(found.values())


def text_of(module: Module, use: Use, spelt: str = "") -> str:
    """Return the source of a value on one line, its proxy spelt as it is elsewhere."""
    text = _spelt_anew(module, use, spelt)
    if "\n" in text or "\r" in text:
        text = ast.unparse(ast.parse(f"({text}\n)", mode="eval"))
    return f"{text}._get_current_object()" if _is_whole_app(use) else text


def _spelt_anew(module: Module, use: Use, spelt: str) -> str:
    """Return the source of a value, with the usual quotes where an f-string forbade them."""
    text, root = module.source(use.node), module.source(use.root.node)
    changes = []
    if spelt and spelt != root:
        changes.append((root, spelt))
    in_string = any(isinstance(o, cst.FormattedString) for _, o in module.parents(use.node))
    if in_string and '"' not in text and "\\" not in text:
        changes.append(("'", '"'))
    for old, new in changes:
        text = _replaced(text, old, new)
    return text


def _replaced(text: str, old: str, new: str) -> str:
    """Replace quotes, or a name where it stands as a whole."""
    if old == "'":
        return text.replace(old, new)
    return re.sub(rf"(?<![\w.]){re.escape(old)}\b", lambda _: new, text, count=1)


def _is_whole_app(use: Use) -> bool:
    return use.kind == "application" and not isinstance(use.node, cst.Call)


def _needless(module: Module, use: Use, task: cst.CSTNode) -> cst.CSTNode | None:
    """Return the assignment of a value to a local name that can be its parameter."""
    assign = module.parent(use.node)
    statement = module.parent(assign) if assign is not None else None
    block = module.parent(statement) if statement is not None else None
    match assign:
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(name))], value=value) if (
            value is use.node
            and block is getattr(task, "body", None)
            and isinstance(statement, cst.SimpleStatementLine)
        ):
            body: list[cst.CSTNode] = list(getattr(block, "body", ()))
            last = body[-1] is statement or len(statement.body) > 1
            return statement if not last and _assigned_once(module, task, name) else None
    return None


def _target(statement: cst.CSTNode) -> str:
    return next(n.value for n in walk(statement) if isinstance(n, cst.Name))


def _assigned_once(module: Module, task: cst.CSTNode, name: str) -> bool:
    """Whether a local name is bound by one statement, and by nothing else."""
    nodes = list(walk(task))
    bound = [n for n in nodes if isinstance(n, cst.Name) and n.value == name and _binds(module, n)]
    return len(bound) == 1 and not any(isinstance(n, cst.Global | cst.Nonlocal) for n in nodes)


def _binds(module: Module, node: cst.Name) -> bool:
    binding = (
        cst.Param,
        cst.FunctionDef,
        cst.ClassDef,
        cst.ImportAlias,
        cst.AsName,
        cst.MatchAs,
        cst.MatchStar,
    )
    return stored(module, node) or isinstance(module.parent(node), binding)


def heir(module: Module, statement: cst.CSTNode, dropped: Sequence[cst.CSTNode]) -> cst.CSTNode:
    """Return the statement that follows and stays: above it go the comments."""
    body: list[cst.CSTNode] = list(getattr(module.parent(statement), "body", ()))
    return next(each for each in body[body.index(statement) + 1 :] if each not in dropped)


def parameter_for(value: Value, *, typed: bool) -> cst.Param:
    """Return the parameter that takes a value.

    Args:
        value: the value.
        typed: whether its type is to be told where that is certain.
    """
    annotation = cst.Annotation(cst.Name("str")) if typed and _is_str(value.use) else None
    return cst.Param(cst.Name(value.parameter), annotation)


def _is_str(use: Use) -> bool:
    """Whether a value is a string for certain."""
    if use.kind != "text":
        return False
    match use.node:
        case cst.Subscript() | cst.Attribute(attr=cst.Name("path" | "url" | "method")):
            return True
        case cst.Attribute(attr=cst.Name(name)):
            return name in TEXTS
        case cst.Call(
            func=cst.Attribute(attr=cst.Name("get")), args=[_, cst.Arg(value=default, keyword=None)]
        ):
            return isinstance(default, cst.SimpleString)
    return False
