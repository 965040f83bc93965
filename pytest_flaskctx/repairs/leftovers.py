"""Names in a module that was changed: imports that nobody uses any more, names that are lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence

import libcst as cst
from libcst.metadata import GlobalScope, ImportAssignment, MetadataWrapper, ScopeProvider

Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement


def without_unused(
    before: cst.Module, after: cst.Module, taken: Callable[[set[str]], set[str]]
) -> cst.Module:
    """Return ``after`` without the imports that ``before`` used and it does not.

    Only what is imported by ``from`` at the top level is left out, and nothing of a module that
    says what it exports.

    Args:
        before: the module as it was.
        after: the module, changed.
        taken: tells which of some names others take from it.
    """
    gone = _unused(after) - _unused(before)
    gone -= taken(gone) if gone else set()
    if not gone or any(_exports(statement) for statement in after.body):
        return after
    body: list[Statement] = []
    above: Sequence[cst.EmptyLine] = ()
    for statement in after.body:
        left = _without(statement, gone)
        if left is None:
            above = [*above, *getattr(statement, "leading_lines", ())]
        else:
            body.append(_led(left, above))
            above = ()
    return after.with_changes(body=body)


def imported_by(texts: Iterable[str], stem: str, names: Collection[str]) -> set[str]:
    """Return the names that other files may take from the module called ``stem``.

    Args:
        texts: what the other files hold.
        stem: the module's name.
        names: the names that are asked about.
    """
    module = re.escape(stem)
    start = rf"from\s+\S*\b{module}\s+import\b"
    forms = {
        name: re.compile(
            rf"{start}\s*(\([^)]*|[^(\n]*)\b{name}\b|\b{module}\.{name}\b|{start}\s*\*"
        )
        for name in names
    }
    return {name for text in texts for name, form in forms.items() if form.search(text)}


def _unused(tree: cst.Module) -> set[str]:
    """Return what a module imports at its top level and does not use."""
    scopes = MetadataWrapper(tree).resolve(ScopeProvider).values()
    top = {each for each in scopes if isinstance(each, GlobalScope)}
    made = [each for one in top for each in one.assignments if isinstance(each, ImportAssignment)]
    return {each.name for each in made} - {each.name for each in made if each.references}


def unbound(tree: cst.Module) -> set[str]:
    """Return the names that a module uses and that mean nothing there."""
    scopes = set(MetadataWrapper(tree).resolve(ScopeProvider).values())
    accesses = (each for scope in scopes if scope is not None for each in scope.accesses)
    return {
        each.node.value
        for each in accesses
        if not each.referents and isinstance(each.node, cst.Name)
    }


def _exports(statement: cst.CSTNode) -> bool:
    match statement:
        case cst.SimpleStatementLine(
            body=[cst.Assign(targets=[cst.AssignTarget(target=cst.Name("__all__"))])]
        ):
            return True
    return False


def _without(statement: Statement, gone: Collection[str]) -> Statement | None:
    """Return an import without some names, ``None`` where none would be left."""
    match statement:
        case cst.SimpleStatementLine(body=[cst.ImportFrom(names=[*names]) as found]):
            left = [each for each in names if _called(each) not in gone]
            if len(left) == len(names):
                return statement
            if left and found.lpar is None:
                left[-1] = left[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
            return statement.with_changes(body=[found.with_changes(names=left)]) if left else None
    return statement


def _called(alias: cst.ImportAlias) -> str:
    return str(alias.evaluated_alias or alias.evaluated_name)


def _led(statement: Statement, above: Sequence[cst.EmptyLine]) -> Statement:
    """Put what stood above imports that are gone above the statement that follows them."""
    own = getattr(statement, "leading_lines", ())
    if own and own[0].comment is None:
        # One blank line is enough to part two groups.
        above = [line for line in above if line.comment is not None]
    return statement.with_changes(leading_lines=[*above, *own]) if above else statement
