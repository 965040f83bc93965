"""Reading the user's source: which expression ran, what it belongs to, who guards it.

Nothing here runs while the program does: a file is parsed when a finding is made. What was read is
kept, the parsed file is not: it is thousands of objects, which every later garbage collection of
the suite would visit. Columns of frames are bytes, columns of sites are characters.
"""

import ast
import linecache
import os
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache, lru_cache
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from pytest_flaskctx.facts import Frame
from pytest_flaskctx.findings import Site
from pytest_flaskctx.ownership import real_path

Node = ast.AST
_CHAIN = (ast.Attribute, ast.Subscript, ast.Call)
_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_CONTEXTS = (".app_context", ".request_context", ".test_request_context")
_LOCKS = ("lock", "mutex", "semaphore")
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
_kept = lru_cache(maxsize=1024)


class Use(NamedTuple):
    """How the source speaks of what was accessed.

    Attributes:
        expression: what ran, as it stands in the source, on one line.
        chain: the longest chain of attributes, subscripts and calls that begins with it.
        root: how the source names the proxy: the first names of the chain.
        writes: whether the chain is assigned to, deleted or augmented.
    """

    expression: str
    chain: str
    root: str
    writes: bool


class Tree:
    """One parsed source file, with a way up from each node."""

    def __init__(self, text: str) -> None:
        # Not by splitlines(), which ends lines where Python goes on, as at a form feed.
        self.lines = _LINE.findall(text)
        self.text = text
        # It warns of the user's escape sequences, and where warnings are errors it would refuse.
        with warnings.catch_warnings(action="ignore"):
            self.root: ast.Module = ast.parse(text)
        self._parents: dict[Node, Node] = {}
        self._at: dict[tuple[int, int, int | None, int | None], Node] = {}
        for parent in ast.walk(self.root):
            for child in ast.iter_child_nodes(parent):
                self._parents[child] = parent
                if isinstance(child, ast.expr):
                    self._at.setdefault(_extent(child), child)

    def parent(self, node: Node) -> Node | None:
        """Return what encloses ``node``, ``None`` for the module."""
        return self._parents.get(node)

    def node(self, frame: Frame) -> ast.expr | None:
        """Return the expression that ran in ``frame``."""
        if frame.column is None or frame.end_line is None or frame.end_column is None:
            return None
        found = self._at.get((frame.line, frame.column, frame.end_line, frame.end_column))
        if frame.field is not None and isinstance(found, ast.JoinedStr):
            return next((f for i, f in enumerate(_fields(found)) if i == frame.field), found)
        return found if isinstance(found, ast.expr) else None

    def characters(self, line: int, column: int) -> int:
        """Return a column in characters for one in UTF-8 bytes."""
        if not 0 < line <= len(self.lines):
            return column
        return len(self.lines[line - 1].encode()[:column].decode(errors="replace"))

    def segment(self, node: ast.expr) -> str:
        """Return the source of ``node`` on one line; a replacement field with its braces."""
        if isinstance(node, ast.FormattedValue):
            value = ast.get_source_segment(self.text, node.value) or ast.unparse(node.value)
            return f"{{{_one_line(value)}}}"
        return _one_line(ast.get_source_segment(self.text, node) or "")


def _extent(node: ast.expr) -> tuple[int, int, int | None, int | None]:
    return node.lineno, node.col_offset, node.end_lineno, node.end_col_offset


def _fields(string: ast.JoinedStr) -> Iterator[ast.FormattedValue]:
    """Yield the replacement fields of an f-string in the order in which they are evaluated."""
    for value in string.values:
        if isinstance(value, ast.FormattedValue):
            if isinstance(value.format_spec, ast.JoinedStr):
                yield from _fields(value.format_spec)
            yield value


def _one_line(text: str) -> str:
    return " ".join(text.split())


@cache
def tree(file: str) -> Tree | None:
    """Return the parsed ``file``, ``None`` where it is no Python source that can be read."""
    text = "".join(linecache.getlines(file))
    if not text or not (file.endswith(".py") or file.startswith("<")):
        return None
    try:
        return Tree(text)
    except (SyntaxError, ValueError, RecursionError):
        return None


def spells(file: str, key: str) -> bool:
    """Whether a string, or the number in a subscript, stands in a file as its ``repr()`` says."""
    text = "".join(linecache.getlines(file))
    forms = (key, f'"{key[1:-1]}"') if key.startswith("'") else (f"[{key}]",)
    return any(form in text for form in forms)


@contextmanager
def reading() -> Iterator[None]:
    """Parse each file once in this block, and let go of all of them after it."""
    try:
        yield
    finally:
        tree.cache_clear()


@_kept
def site(frame: Frame, root: Path) -> Site:
    """Return the place that ``frame`` stands at, as a reader wants it."""
    parsed = tree(frame.file)
    node = parsed.node(frame) if parsed else None
    line, column, end_column, expression = frame.line, None, None, ""
    if parsed is not None and node is not None:
        line, column, end_column = _columns(parsed, node)
        expression = parsed.segment(node)
    if not expression:
        expression = _one_line(linecache.getline(frame.file, frame.line))
    return Site(shown(frame.file, root), line, column, end_column, frame.function, expression)


def _columns(parsed: Tree, node: ast.expr) -> tuple[int, int, int | None]:
    """Return line, column and end column of a node; a field of 3.11's stands at its value."""
    start: ast.expr = node
    brace = 0
    if isinstance(node, ast.FormattedValue) and _wide(node):
        start, brace = node.value, 1
    line = start.lineno
    column = parsed.characters(line, start.col_offset) - brace
    if start.end_lineno != line or start.end_col_offset is None:
        return line, column, None
    return line, column, parsed.characters(line, start.end_col_offset) + brace


def _wide(node: ast.FormattedValue) -> bool:
    """Whether a replacement field has the extent of its whole string, as before Python 3.12."""
    return node.value.col_offset - node.col_offset != 1 or node.value.lineno != node.lineno


@_kept
def shown(file: str, root: Path) -> str:
    """Return ``file`` relative to ``root`` where it lies under it."""
    if file.startswith("<"):
        return file
    for path, base in ((file, str(root)), (real_path(file), real_path(str(root)))):
        if path.startswith(os.path.join(base, "")):
            relative = os.path.relpath(path, base).replace(os.sep, "/")
            # What begins so is no file to anybody who reads it.
            return file if relative.startswith("<") else relative
    return file


@_kept
def use(frame: Frame) -> Use:
    """Return how the source at ``frame`` speaks of what it accessed."""
    parsed = tree(frame.file)
    node = parsed.node(frame) if parsed else None
    if parsed is None or node is None:
        text = _one_line(linecache.getline(frame.file, frame.line))
        return Use(text, text, "", writes=False)
    whole = top(parsed, node)
    writes = isinstance(getattr(whole, "ctx", None), ast.Store | ast.Del)
    return Use(parsed.segment(node), parsed.segment(whole), _root(parsed, node), writes)


def top(parsed: Tree, node: ast.expr) -> ast.expr:
    """Return the longest chain that begins with ``node``."""
    while isinstance(outer := parsed.parent(node), _CHAIN) and _begins(outer) is node:
        node = outer
    return node


def _begins(link: ast.Attribute | ast.Subscript | ast.Call) -> ast.expr:
    """Return what one link of a chain hangs on."""
    return link.func if isinstance(link, ast.Call) else link.value


def _root(parsed: Tree, node: ast.expr) -> str:
    """Return the names that a chain begins with, less the attribute that was asked for."""
    if isinstance(node, ast.FormattedValue):
        node = node.value
    if isinstance(node, ast.Call):
        node = node.func
    if isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    dotted = parsed.segment(node)
    return dotted if all(part.isidentifier() for part in dotted.split(".")) else ""


def definition(file: str, names: Sequence[str]) -> Frame | None:
    """Return where a file makes a global, or a class and its attribute; ``None`` for an import.

    Args:
        file: the file of a module.
        names: the global, or the names of classes within each other, the attribute's at the end.
    """
    parsed = tree(file)
    body: list[ast.stmt] = parsed.root.body if parsed is not None else []
    found: Node | None = None
    around: list[str] = []
    for name in names:
        inner = next((node for node in _made_in(body) if _name_of(node) == name), None)
        if inner is None:
            # A class's attribute may be made elsewhere, a module's by a function: `global last`.
            inner = None if found is not None else _made_global(parsed, name)
        if inner is None:
            break
        if isinstance(found, ast.ClassDef):
            around.append(found.name)
        found, body = inner, getattr(inner, "body", [])
    return _frame_of(found, file, around) if found is not None else None


def _made_in(body: Iterable[ast.stmt]) -> Iterator[Node]:
    """Yield what statements make, in no function or class among them."""
    waiting: list[Node] = list(body)
    while waiting:
        node = waiting.pop(0)
        yield node
        if not isinstance(node, (*_FUNCTION, ast.ClassDef)):
            waiting += ast.iter_child_nodes(node)


def _name_of(node: Node) -> str | None:
    """Return the name that a node makes."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return node.name
    return node.id if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) else None


def _made_global(parsed: Tree | None, name: str) -> Node | None:
    """Return where a function makes a global of the module."""
    if parsed is None:
        return None
    declared = (
        node
        for node in ast.walk(parsed.root)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and any(isinstance(each, ast.Global) and name in each.names for each in ast.walk(node))
    )
    made = (each for node in declared for each in ast.walk(node) if _name_of(each) == name)
    return next(made, None)


def _frame_of(node: Node, file: str, around: Sequence[str]) -> Frame:
    function = ".".join(around) or "<module>"
    if isinstance(node, ast.Name):
        return Frame(
            file, node.lineno, function, node.end_lineno, node.col_offset, node.end_col_offset
        )
    return Frame(file, getattr(node, "lineno", 1), function)


@_kept
def guarded(frame: Frame) -> bool:
    """Whether the function at ``frame`` expects a RuntimeError just there."""
    parsed = tree(frame.file)
    if parsed is None:
        return False
    function = _function_at(parsed, frame)
    nodes = ast.walk(function) if function is not None else ast.walk(parsed.root)
    return any(_covers(node, frame.line) and _expects(node) for node in nodes)


def _function_at(parsed: Tree, frame: Frame) -> Node | None:
    """Return the innermost function around the line that ran."""
    around = [
        node
        for node in ast.walk(parsed.root)
        if isinstance(node, _FUNCTION) and node.lineno <= frame.line <= (node.end_lineno or 0)
    ]
    return max(around, key=lambda node: node.lineno, default=None)


def _covers(node: Node, line: int) -> bool:
    body = getattr(node, "body", None)
    if not isinstance(node, ast.Try | ast.With | ast.AsyncWith) or not isinstance(body, list):
        return False
    first, last = body[0], body[-1]
    return bool(first.lineno <= line <= last.end_lineno)


def _expects(node: Node) -> bool:
    """Whether a ``try`` has a handler that names RuntimeError, or a ``with`` suppresses it."""
    if isinstance(node, ast.Try):
        types = [handler.type for handler in node.handlers if handler.type]
        return any(_names_runtime_error(each) for each in types)
    items = [item.context_expr for item in getattr(node, "items", [])]
    calls = [item for item in items if isinstance(item, ast.Call)]
    return any(
        ast.unparse(call.func).rpartition(".")[2] == "suppress"
        and any(_names_runtime_error(argument) for argument in call.args)
        for call in calls
    )


def _names_runtime_error(node: ast.expr) -> bool:
    names = chain(node.elts if isinstance(node, ast.Tuple) else [node])
    return any(isinstance(name, ast.Name) and name.id == "RuntimeError" for name in names)


@_kept
def mentions(frame: Frame, names: frozenset[str]) -> bool:
    """Whether the function at ``frame`` speaks of one of ``names`` up to the line that ran."""
    parsed = tree(frame.file)
    function = _function_at(parsed, frame) if parsed is not None else None
    if function is None:
        return False
    nodes = [node for node in ast.walk(function) if getattr(node, "lineno", 0) <= frame.line]
    return any(_last_name(node) in names for node in nodes)


def _last_name(node: Node) -> str:
    return str(getattr(node, "attr", "") or getattr(node, "id", ""))


@_kept
def tested(frame: Frame) -> bool:
    """Whether the function at ``frame`` asks, up to there, for the truth of what it uses there."""
    parsed = tree(frame.file)
    function = _function_at(parsed, frame) if parsed is not None else None
    root = use(frame).root
    if function is None or not root:
        return False
    begun = (node for node in ast.walk(function) if getattr(node, "lineno", 0) <= frame.line)
    return any(ast.unparse(asked) == root for node in begun for asked in _truths(node))


def _truths(node: Node) -> Iterator[ast.expr]:
    """Yield what a statement or expression asks for its truth; not all of what it may come to."""
    match node:
        case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
            yield test
        case ast.Assert(test=test) | ast.UnaryOp(op=ast.Not(), operand=test):
            yield test
        case ast.BoolOp(values=[*tests, _]):
            yield from tests
        case ast.Call(func=ast.Name(id="bool"), args=[test]):
            yield test


def serialised(frame: Frame) -> bool:
    """Whether the function at ``frame`` may keep others from running the same line meanwhile.

    It holds a lock, or whatever else stands in a ``with`` around the line and is no context of
    Flask's; or it acquires one somewhere. A library's is taken for one by its name only.
    """
    parsed = tree(frame.file)
    if parsed is None:
        return True
    nodes = list(ast.walk(_function_at(parsed, frame) or parsed.root))
    if any(isinstance(node, ast.Attribute) and node.attr == "acquire" for node in nodes):
        return True
    held = _held(nodes, frame)
    return any(_may_lock(item, anything=frame.kind == "user") for item in held)


def _held(nodes: Iterable[Node], frame: Frame) -> Iterator[ast.expr]:
    """Yield what the ``with`` statements around the expression at ``frame`` have entered by then."""
    ran = frame.line, frame.column or 0
    for node in nodes:
        if isinstance(node, ast.With) and node.lineno <= frame.line <= (node.end_lineno or 0):
            items = [item.context_expr for item in node.items]
            if ran == (node.lineno, node.col_offset):
                # On Python 3.11 that is all that is told of the item that was entered.
                yield from items[:-1]
            yield from (item for item in items if (item.lineno, item.col_offset) < ran)


def _may_lock(item: ast.expr, *, anything: bool) -> bool:
    text = ast.unparse(item).lower()
    if isinstance(item, ast.Call) and text.partition("(")[0].endswith(_CONTEXTS):
        return False
    return anything or any(word in text for word in _LOCKS)


@_kept
def asks_with_default(frame: Frame) -> bool:
    """Whether what ran is ``getattr(x, "name", default)``."""
    parsed = tree(frame.file)
    node = parsed.node(frame) if parsed else None
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
        return False
    return node.func.id == "getattr" and len(node.args) == 3


@_kept
def names(file: str) -> frozenset[str]:
    """Return the names by which ``file`` passes things on: keywords, parameters, keys."""
    parsed = tree(file)
    return (
        frozenset(chain.from_iterable(map(_names, ast.walk(parsed.root))))
        if parsed
        else frozenset()
    )


def _names(node: Node) -> Iterator[str]:
    if isinstance(node, ast.keyword | ast.arg) and node.arg is not None:
        yield node.arg
    keys: list[ast.expr | None] = []
    if isinstance(node, ast.Dict):
        keys = node.keys
    elif isinstance(node, ast.Subscript):
        keys = [node.slice]
    for key in keys:
        if isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield key.value
