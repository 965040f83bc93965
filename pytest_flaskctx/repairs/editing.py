"""Changes of one file, collected by the nodes that they concern, and made all at once."""

from __future__ import annotations

import re
import warnings
from collections import defaultdict
from collections.abc import Iterable, Sequence

import libcst as cst

from pytest_flaskctx.repairs import reasons
from pytest_flaskctx.repairs.carriers import Change
from pytest_flaskctx.repairs.imports import with_import
from pytest_flaskctx.repairs.leftovers import imported_by, names_of, without_unused
from pytest_flaskctx.repairs.modules import Module
from pytest_flaskctx.repairs.outcome import RefusedError
from pytest_flaskctx.repairs.project import Project

DIRECTIVE = re.compile(
    r"#\s*(type:\s*ignore|noqa\b|pragma:|nosec\b|(pylint|pyright|mypy|ruff|isort|fmt|flake8):)",
    re.IGNORECASE,
)


class Edits:
    """What is to be changed in one file.

    Attributes:
        project: all files, some of which may import from it.
        module: the file as it is.
        changes: what becomes of a node, applied in turn to what it has become.
        before: names and the expressions that they are to hold, by the statement before which.
        dropped: statements that are not needed any more, each with the one that follows.
        imports: what is to be imported besides, each with where from.
    """

    def __init__(self, project: Project, module: Module) -> None:
        self.project = project
        self.module = module
        self.changes: dict[cst.CSTNode, list[Change]] = defaultdict(list)
        self.before: dict[cst.CSTNode, dict[str, str]] = defaultdict(dict)
        self.dropped: dict[cst.CSTNode, cst.CSTNode] = {}
        self.imports: dict[tuple[str, str], None] = {}

    def _taken(self, names: set[str]) -> set[str]:
        """Return the names that another file may take from here."""
        path = self.module.path
        texts = (text for other, text in self.project.texts().items() if other != path)
        return names if path.stem == "__init__" else imported_by(texts, path.stem, names)

    def copy(self) -> Edits:
        """Return the same changes, to be added to."""
        other = Edits(self.project, self.module)
        other.changes.update({node: list(each) for node, each in self.changes.items()})
        other.before.update({node: dict(each) for node, each in self.before.items()})
        other.dropped = dict(self.dropped)
        other.imports = dict(self.imports)
        return other

    def result(self) -> str:
        """Return the file as it is to be, without its byte order mark.

        Raises:
            RefusedError: where that would be no program.
        """
        with warnings.catch_warnings(action="ignore"):
            try:
                text = self._changed().code
                compile(text, self.module.name, "exec", dont_inherit=True)
            except (cst.CSTValidationError, SyntaxError, ValueError, RecursionError) as error:
                raise RefusedError(reasons.NOT_COMPILED) from error
        return text

    def _changed(self) -> cst.Module:
        tree = cst.ensure_type(self.module.tree.visit(_Editor(self)), cst.Module)
        tree = _with_imports(tree, self.imports)
        before, after = self.module.names, names_of(tree)
        cleaned = without_unused(tree, after.unused - before.unused, self._taken)
        if cleaned is not tree:
            after = names_of(cleaned)
        for name in sorted(after.unbound - before.unbound):
            raise RefusedError(reasons.UNBOUND.format(name))
        return cleaned


class _Editor(cst.CSTTransformer):
    def __init__(self, edits: Edits) -> None:
        super().__init__()
        self.edits = edits

    def on_leave(  # type: ignore[override]  # a node may become one of another kind
        self, original_node: cst.CSTNode, updated_node: cst.CSTNode
    ) -> cst.CSTNode | cst.RemovalSentinel | cst.FlattenSentinel[cst.CSTNode]:
        for change in self.edits.changes.get(original_node, ()):
            updated_node = change(updated_node)
        if original_node in self.edits.dropped:
            return cst.RemoveFromParent()
        gone = [each for each, heir in self.edits.dropped.items() if heir is original_node]
        if gone:
            updated_node = _led(updated_node, [line for each in gone for line in _lines_of(each)])
        if not (read := self.edits.before.get(original_node)):
            return updated_node
        return cst.FlattenSentinel([*_assignments(updated_node, read), _bare(updated_node)])


def _lines_of(statement: cst.CSTNode) -> list[cst.EmptyLine]:
    """Return what stays of a dropped statement: a comment beside it, on a line of its own."""
    line = cst.ensure_type(statement, cst.SimpleStatementLine)
    comment = line.trailing_whitespace.comment
    # What is told a tool about the line goes with it.
    tells = comment is not None and not DIRECTIVE.match(comment.value)
    beside = [cst.EmptyLine(comment=comment)] if tells else []
    return [*line.leading_lines, *beside]


def _led(statement: cst.CSTNode, lines: Sequence[cst.EmptyLine]) -> cst.CSTNode:
    """Put lines above a statement."""
    return statement.with_changes(leading_lines=[*lines, *getattr(statement, "leading_lines", ())])


def _assignments(statement: cst.CSTNode, read: dict[str, str]) -> list[cst.SimpleStatementLine]:
    """Return what is put before a statement; what stood above that stands above it now."""
    made = [cst.parse_statement(f"{name} = {text}") for name, text in read.items()]
    lines = [cst.ensure_type(each, cst.SimpleStatementLine) for each in made]
    above = getattr(statement, "leading_lines", ())
    # A new line ends as all others do.
    end = cst.TrailingWhitespace(newline=cst.Newline())
    lines = [line.with_changes(trailing_whitespace=end) for line in lines]
    return [lines[0].with_changes(leading_lines=above), *lines[1:]]


def _bare(statement: cst.CSTNode) -> cst.CSTNode:
    return statement.with_changes(leading_lines=[])


def _with_imports(tree: cst.Module, wanted: Iterable[tuple[str, str]]) -> cst.Module:
    for home, name in wanted:
        tree = with_import(tree, home, name)
    return tree
