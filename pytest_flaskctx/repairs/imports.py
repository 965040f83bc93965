"""One import more, where a reader would look for it."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import libcst as cst

from pytest_flaskctx.repairs.layout import Space, inserted, without_comment

Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement
PATCHERS = {"eventlet", "gevent"}
"""Libraries that change others, which then must not have been imported before."""


def with_import(tree: cst.Module, home: str, name: str) -> cst.Module:
    """Return a module that has ``from home import name``.

    Args:
        tree: the module.
        home: what to import from.
        name: what to import.
    """
    body = list(tree.body)
    for index, statement in enumerate(body):
        if (longer := _joined(statement, home, name)) is not None:
            return tree.with_changes(body=[*body[:index], longer, *body[index + 1 :]])
    new = cst.ensure_type(
        cst.parse_statement(f"from {home} import {name}"), cst.SimpleStatementLine
    )
    index = _place(body, home)
    if index < len(body) and not _starts_group(body, index, home):
        return tree.with_changes(body=[*body[:index], new, *body[index:]])
    return tree.with_changes(body=_in_front(body, index, new, home))


def _joined(statement: cst.CSTNode, home: str, name: str) -> cst.SimpleStatementLine | None:
    """Return an import of the same module with one name more, ``None`` where it is another."""
    match statement:
        case cst.SimpleStatementLine(body=[cst.ImportFrom(names=[*names], relative=[]) as found]):
            if _home(statement) != home:
                return None
            at = sum(_key(each) < name.lower() for each in names)
            opening = found.lpar.whitespace_after if found.lpar else cst.SimpleWhitespace("")
            longer = _longer(names, at, cst.ImportAlias(cst.Name(name)), opening)
            return statement.with_changes(body=[found.with_changes(names=longer)])
    return None


def _longer(
    names: Sequence[cst.ImportAlias], at: int, new: cst.ImportAlias, opening: Space
) -> list[cst.ImportAlias]:
    """Return names to import with one more, on a line of its own where all are so."""
    if at:
        return inserted(names, at, new, opening)
    first = names[0].comma
    space: Space = cst.SimpleWhitespace(" ")
    if isinstance(first, cst.Comma) and isinstance(opening, cst.ParenthesizedWhitespace):
        space = first.whitespace_after
        space = opening if isinstance(space, cst.ParenthesizedWhitespace) else space
    return [new.with_changes(comma=cst.Comma(whitespace_after=without_comment(space))), *names]


def _key(alias: cst.ImportAlias) -> str:
    return str(alias.evaluated_name).lower()


def _home(statement: cst.CSTNode) -> str:
    """Return which module a statement imports or imports from; empty for anything else."""
    match statement:
        case cst.SimpleStatementLine(body=[cst.ImportFrom(module=module, relative=[])]) if module:
            return cst.Module([]).code_for_node(module)
        case cst.SimpleStatementLine(body=[cst.Import(names=[first, *_])]):
            return str(first.evaluated_name)
    return ""


def _is_from(statement: cst.CSTNode) -> bool:
    return isinstance(statement, cst.SimpleStatementLine) and isinstance(
        statement.body[0], cst.ImportFrom
    )


def _place(body: Sequence[cst.CSTNode], home: str) -> int:
    """Return before which statement an import belongs."""
    index = 0
    if body and _is_docstring(body[0]):
        index = 1
    while index < len(body) and _home(body[index]) == "__future__":
        index += 1
    while index < len(body) and _belongs_above(body[index], home):
        index += 1
    return _behind_what_runs_first(body, index, home)


def _behind_what_runs_first(body: Sequence[cst.CSTNode], index: int, home: str) -> int:
    """Return where an import runs no earlier than the first of its package's does.

    What the file does before it imports that package may have to be done before, and so may be
    anything between imports, or a patch of a library that makes threads its own.
    """
    if _standard(home):
        return index
    imports = [at for at, each in enumerate(body) if _home(each)]
    package = [at for at in imports if _package(body[at]) == home.partition(".")[0]]
    if package:
        return max(index, package[0] + 1)
    behind = imports[-1] + 1 if imports else index
    between = any(not _home(each) for each in body[index:behind])
    patches = any(_package(body[at]) in PATCHERS for at in imports)
    return behind if between or patches else index


def _package(statement: cst.CSTNode) -> str:
    return _home(statement).partition(".")[0]


def _belongs_above(statement: cst.CSTNode, home: str) -> bool:
    """Whether an import stands above one from ``home``, as isort sorts them."""
    found = _home(statement)
    if not found or _standard(found) != _standard(home):
        return bool(found) and _standard(found)
    return not _is_from(statement) or found < home


def _standard(home: str) -> bool:
    return home.partition(".")[0] in sys.stdlib_module_names


def _is_docstring(statement: cst.CSTNode) -> bool:
    match statement:
        case cst.SimpleStatementLine(body=[cst.Expr(value=cst.SimpleString())]):
            return True
    return False


def _starts_group(body: Sequence[cst.CSTNode], index: int, home: str) -> bool:
    """Whether what follows is of another group, or the lines above it are the group's."""
    above = getattr(body[index], "leading_lines", ())
    follows = _home(body[index])
    return bool(above) or not follows or _standard(follows) != _standard(home)


def _in_front(
    body: list[Statement], index: int, new: cst.SimpleStatementLine, home: str
) -> list[Statement]:
    """Put an import before or behind the blank line that parts two groups."""
    same = index > 0 and _home(body[index - 1]) not in ("", "__future__")
    if same and _standard(_home(body[index - 1])) == _standard(home):
        return [*body[:index], new, *body[index:]]
    if index == len(body):
        return [*body, new]
    follows = body[index]
    above = list(getattr(follows, "leading_lines", ()))
    part = (
        []
        if _home(follows) and _standard(_home(follows)) == _standard(home)
        else [cst.EmptyLine(indent=False)]
    )
    led = new.with_changes(leading_lines=above)
    return [*body[:index], led, follows.with_changes(leading_lines=part), *body[index + 1 :]]
