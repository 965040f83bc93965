"""One parsed file of the project: what stands where, in what, and what a name is bound to."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import libcst as cst
from libcst.metadata import (
    GlobalScope,
    MetadataWrapper,
    ParentNodeProvider,
    PositionProvider,
    Scope,
    ScopeProvider,
)

from pytest_flaskctx.repairs import reasons
from pytest_flaskctx.repairs.leftovers import Names, names_in
from pytest_flaskctx.repairs.outcome import RefusedError

BOM = "\ufeff"
Function = cst.FunctionDef | cst.Lambda
NEWLINE = re.compile(r"\r\n|\n|\r")


class Module:
    """A file with its tree, which is never changed.

    Attributes:
        path: where it lies.
        name: relative to the root directory, as a finding spells it.
        text: what it holds, without a byte order mark.
        bom: the byte order mark; mostly empty.
        tree: the parsed text.
    """

    def __init__(self, path: Path, name: str, content: bytes) -> None:
        self.path = path
        self.name = name
        text = _decoded(content, name)
        self.bom, self.text = (BOM, text[1:]) if text.startswith(BOM) else ("", text)
        try:
            # Parsing tells the encoding by a declaration, which says UTF-8 or was refused above.
            wrapper = MetadataWrapper(cst.parse_module(self.text))
        except (cst.ParserSyntaxError, RecursionError, ValueError, UnicodeError) as error:
            raise RefusedError(reasons.NOT_PARSED.format(name)) from error
        self.tree = wrapper.module
        self._lines = NEWLINE.split(self.text)
        self._positions = wrapper.resolve(PositionProvider)
        self._parents = wrapper.resolve(ParentNodeProvider)
        self._scopes = wrapper.resolve(ScopeProvider)
        self._global = self._scopes[self.tree] or GlobalScope()

    @cached_property
    def nodes(self) -> tuple[cst.CSTNode, ...]:
        """All of its nodes, in the order of the source."""
        return tuple(walk(self.tree))

    @cached_property
    def names(self) -> Names:
        """What is wrong with its names as it is."""
        return names_in(self._scopes.values())

    def parent(self, node: cst.CSTNode) -> cst.CSTNode | None:
        """Return what encloses ``node``, ``None`` for the module."""
        return self._parents.get(node)

    def parents(self, node: cst.CSTNode) -> Iterator[tuple[cst.CSTNode, cst.CSTNode]]:
        """Yield each node from ``node`` upwards with what encloses it."""
        outer = self.parent(node)
        while outer is not None:
            yield node, outer
            node, outer = outer, self.parent(outer)

    def scope(self, node: cst.CSTNode) -> Scope:
        """Return the scope in which ``node`` is evaluated."""
        return self._scopes.get(node) or self._global

    def line(self, node: cst.CSTNode) -> int:
        """Return the line on which ``node`` begins."""
        return self._positions[node].start.line

    def place(self, node: cst.CSTNode) -> str:
        """Return file and line of ``node``."""
        return f"{self.name}:{self.line(node)}"

    def source(self, node: cst.CSTNode) -> str:
        """Return the text of ``node`` as it stands, less the parentheses around it."""
        extent = self._positions[node]
        first, last = extent.start.line - 1, extent.end.line - 1
        if first == last:
            return self._lines[first][extent.start.column : extent.end.column]
        inner = self._lines[first + 1 : last]
        ends = self._lines[first][extent.start.column :], self._lines[last][: extent.end.column]
        return "\n".join([ends[0], *inner, ends[1]])

    def short(self, node: cst.CSTNode) -> str:
        """Return the text of ``node`` on one line."""
        return " ".join(self.source(node).split())

    def at(self, line: int, column: int, expression: str) -> cst.BaseExpression | None:
        """Return the expression that stands at a place and reads just so."""
        for node, extent in self._positions.items():
            if not isinstance(node, cst.BaseExpression) or extent.start.line != line:
                continue
            if extent.start.column == column and self.short(node) == expression:
                return node
        return None

    def functions(self, node: cst.CSTNode) -> Iterator[Function]:
        """Yield the functions in whose bodies ``node`` stands, the innermost first."""
        for inner, outer in self.parents(node):
            if isinstance(outer, cst.FunctionDef | cst.Lambda) and inner is outer.body:
                yield outer


def _decoded(content: bytes, name: str) -> str:
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(content).readline)
        if encoding not in ("utf-8", "utf-8-sig"):
            raise RefusedError(reasons.NOT_UTF8.format(name))
        return content.decode()
    except (SyntaxError, UnicodeError) as error:
        raise RefusedError(reasons.NOT_UTF8.format(name)) from error


def walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield ``node`` and all within it, in the order of the source."""
    waiting = [node]
    while waiting:
        current = waiting.pop()
        yield current
        waiting.extend(reversed(current.children))


def name_of(function: Function) -> str:
    """Return how sentences call a function."""
    return function.name.value if isinstance(function, cst.FunctionDef) else "<lambda>"


def last_name(node: cst.CSTNode) -> str:
    """Return ``c`` for ``a.b.c`` and for ``c``, empty for anything else."""
    if isinstance(node, cst.Attribute):
        return node.attr.value
    return node.value if isinstance(node, cst.Name) else ""
