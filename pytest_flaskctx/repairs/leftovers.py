"""Names in a module that was changed: imports that nobody uses any more, names that are lost."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import dropwhile
from typing import NamedTuple

import libcst as cst
from libcst.metadata import GlobalScope, ImportAssignment, MetadataWrapper, Scope, ScopeProvider

Statement = cst.SimpleStatementLine | cst.BaseCompoundStatement


class Names(NamedTuple):
    """What is wrong with the names of a module.

    Attributes:
        unused: what it imports at its top level and does not use.
        unbound: what it uses and means nothing there.
    """

    unused: frozenset[str]
    unbound: frozenset[str]


def names_in(scopes: Iterable[Scope | None]) -> Names:
    """Return what is wrong with the names of the module that has these scopes."""
    found = {scope for scope in scopes if scope is not None}
    return Names(frozenset(_unused(found)), frozenset(_unbound(found)))


def names_of(tree: cst.Module) -> Names:
    """Return what is wrong with the names of a module that was changed."""
    return names_in(MetadataWrapper(tree).resolve(ScopeProvider).values())


def without_unused(
    after: cst.Module, gone: Collection[str], taken: Callable[[set[str]], set[str]]
) -> cst.Module:
    """Return ``after`` without imports that nobody uses any more.

    Only what is imported by ``from`` at the top level is left out, and nothing of a module that
    says what it exports.

    Args:
        after: the module, changed.
        gone: the names that it does not use any more.
        taken: tells which of some names others take from it.
    """
    gone = set(gone)
    gone -= taken(gone) if gone else set()
    if not gone or any(_exports(statement) for statement in after.body):
        return after
    body: list[Statement] = []
    above: Sequence[cst.EmptyLine] = ()
    first = after.body[0]
    for statement in after.body:
        left = _without(statement, gone)
        if left is None:
            above = [*above, *getattr(statement, "leading_lines", ())]
        else:
            body.append(_led(left, above))
            above = ()
    if _without(first, gone) is None:
        body[:1] = [_unparted(each, after.header) for each in body[:1]]
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
    word = re.compile(rf"\b{module}\b")
    by_import = {
        name: re.compile(
            rf"{start}\s*(\([^)]*|[^(\n]*)\b{name}\b|{start}\s*\*|setattr\([^)]*[\"']{name}[\"']"
        )
        for name in names
    }
    # A module may go by any name where it is spoken of at all.
    by_name = {
        name: re.compile(rf"\.\s*{name}\b|[\"'.:]{name}[\"']|\b__dict__\b|\bvars\(")
        for name in names
    }
    return {
        name
        for text in texts
        for name in names
        if by_import[name].search(text) or (word.search(text) and by_name[name].search(text))
    }


def _unused(scopes: Collection[Scope]) -> set[str]:
    top = (each for each in scopes if isinstance(each, GlobalScope))
    made = [each for one in top for each in one.assignments if isinstance(each, ImportAssignment)]
    return {each.name for each in made} - {each.name for each in made if each.references}


def _unbound(scopes: Collection[Scope]) -> set[str]:
    accesses = (each for scope in scopes for each in scope.accesses)
    return {
        each.node.value
        for each in accesses
        if not each.referents and isinstance(each.node, cst.Name)
    }


def _exports(statement: cst.CSTNode) -> bool:
    """Whether a statement says anything of what the module exports, in whatever form."""
    if isinstance(statement, cst.Name):
        return statement.value == "__all__"
    return any(_exports(each) for each in statement.children)


def _without(statement: Statement, gone: Collection[str]) -> Statement | None:
    """Return an import without some names, ``None`` where none would be left."""
    match statement:
        case cst.SimpleStatementLine(body=[cst.ImportFrom(names=[*names]) as found]):
            left = [each for each in names if _called(each) not in gone]
            if len(left) == len(names):
                return statement
            if not left:
                return None
            if left[-1] is not names[-1]:
                return statement.with_changes(body=[_with_last(found, left, names[-1])])
            return statement.with_changes(body=[found.with_changes(names=left)])
    return statement


def _with_last(
    found: cst.ImportFrom, left: Sequence[cst.ImportAlias], gone: cst.ImportAlias
) -> cst.ImportFrom:
    """Let names be all that is imported, where what was the last one is gone.

    What stands behind the last one is its own comment, and then the bracket where that stood.
    """
    *others, last = left
    own, comma, bracket = _space(last.comma), gone.comma, found.rpar
    closing = _space(comma) or (bracket.whitespace_before if bracket is not None else None)
    if isinstance(own, cst.ParenthesizedWhitespace):
        if isinstance(closing, cst.ParenthesizedWhitespace):
            comma = cst.Comma(whitespace_after=closing.with_changes(first_line=own.first_line))
            bracket = cst.RightParen()
        elif own.first_line.comment is not None:
            comma = cst.Comma(whitespace_after=own)
    changed = last.with_changes(comma=comma)
    return found.with_changes(names=[*others, changed], rpar=bracket)


def _space(comma: cst.Comma | cst.MaybeSentinel) -> cst.BaseParenthesizableWhitespace | None:
    return comma.whitespace_after if isinstance(comma, cst.Comma) else None


def _unparted(statement: Statement, header: Sequence[cst.EmptyLine]) -> Statement:
    """Take away the blank lines that would begin a file, or follow on another one."""
    lines = list(getattr(statement, "leading_lines", ()))
    if header and header[-1].comment is not None:
        return statement
    left = list(dropwhile(lambda line: line.comment is None, lines))
    return statement.with_changes(leading_lines=left)


def _called(alias: cst.ImportAlias) -> str:
    return str(alias.evaluated_alias or alias.evaluated_name)


def _led(statement: Statement, above: Sequence[cst.EmptyLine]) -> Statement:
    """Put what stood above imports that are gone above the statement that follows them."""
    own = getattr(statement, "leading_lines", ())
    if own and own[0].comment is None:
        # One blank line is enough to part two groups.
        above = [line for line in above if line.comment is not None]
    return statement.with_changes(leading_lines=[*above, *own]) if above else statement
