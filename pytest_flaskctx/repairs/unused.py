"""Imports that nobody uses any more once a repair has been made."""

from __future__ import annotations

from collections.abc import Collection, Iterator

import libcst as cst
from libcst.metadata import ImportAssignment, MetadataWrapper, ScopeProvider


def without_unused(before: cst.Module, after: cst.Module) -> cst.Module:
    """Return ``after`` without the imports that ``before`` used and it does not.

    A module that says what it exports, and one that is imported for what it imports, is left as
    it is.
    """
    gone = _unused(after) - _unused(before)
    if not gone or any(_exports(statement) for statement in after.body):
        return after
    return cst.ensure_type(after.visit(_Remover(gone)), cst.Module)


def _unused(tree: cst.Module) -> set[str]:
    scopes = set(MetadataWrapper(tree).resolve(ScopeProvider).values())
    return {
        each.name
        for scope in scopes
        if scope is not None
        for each in scope.assignments
        if isinstance(each, ImportAssignment) and not each.references
    }


def _exports(statement: cst.CSTNode) -> bool:
    match statement:
        case cst.SimpleStatementLine(
            body=[cst.Assign(targets=[cst.AssignTarget(target=cst.Name("__all__"))])]
        ):
            return True
    return False


class _Remover(cst.CSTTransformer):
    def __init__(self, names: Collection[str]) -> None:
        super().__init__()
        self.names = names

    def leave_ImportFrom(  # noqa: N802 - libcst finds it by this name
        self, original_node: cst.ImportFrom, updated_node: cst.ImportFrom
    ) -> cst.ImportFrom | cst.RemovalSentinel:
        if isinstance(updated_node.names, cst.ImportStar):
            return updated_node
        kept = list(_kept(updated_node.names, self.names))
        if len(kept) == len(updated_node.names):
            return updated_node
        if not kept:
            return cst.RemoveFromParent()
        if updated_node.lpar is None:
            kept[-1] = kept[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
        return updated_node.with_changes(names=kept)


def _kept(names: Collection[cst.ImportAlias], gone: Collection[str]) -> Iterator[cst.ImportAlias]:
    for each in names:
        called = each.asname.name if each.asname is not None else each.name
        if not isinstance(called, cst.Name) or called.value not in gone:
            yield each
