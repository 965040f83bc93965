"""Source text of single expressions: parse it, cut it, write it again in the user's own spelling."""

import ast
import warnings
from collections.abc import Iterator
from typing import NamedTuple

LITERAL = (ast.Constant, ast.Tuple, ast.UnaryOp, ast.unaryop, ast.Load)


class Source(NamedTuple):
    """An expression with its text, which stands on one line."""

    text: str
    tree: ast.expr

    def of(self, node: ast.AST) -> str:
        """Return the text of ``node`` as the user spelt it, where that can be taken out whole."""
        piece = ast.get_source_segment(self.text, node)
        if piece is not None and (again := parse(piece)) and ast.dump(again) == ast.dump(node):
            return piece
        return ast.unparse(node)

    def replacing(self, node: ast.expr, text: str) -> str:
        """Return the whole text with ``text`` where ``node`` stood."""
        if node is self.tree:
            return text
        whole = self.text.encode()
        new = whole[: node.col_offset] + text.encode() + whole[node.end_col_offset :]
        return new.decode()


def parse(text: str) -> ast.expr | None:
    """Return the tree of one expression, ``None`` where ``text`` is none."""
    # "\d" is the user's business, not ours; up to Python 3.11 it is no SyntaxWarning.
    with warnings.catch_warnings(action="ignore"):
        try:
            return ast.parse(text, mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None


def read(text: str) -> Source | None:
    """Parse an expression, or the replacement field of an f-string, onto one line."""
    if not (text := text.strip()):
        return None
    if text.startswith("{") and text.endswith("}"):
        return _read_field(text)
    tree = parse(text) or parse(f"({text}\n)")
    return _on_one_line(text, tree) if tree is not None else None


def _read_field(text: str) -> Source | None:
    if (inside := parse(text[1:-1].strip())) is not None:
        return _on_one_line(text[1:-1].strip(), inside)
    string = parse(f"f'''{text}'''") or parse(f'f"""{text}"""')
    nodes = ast.walk(string) if string is not None else iter(())
    fields = (node for node in nodes if isinstance(node, ast.FormattedValue))
    field = next(fields, None)
    return read(ast.unparse(field.value)) if field else None


def _on_one_line(text: str, tree: ast.expr) -> Source | None:
    if text.isprintable() and tree.col_offset == 0:
        return Source(text, tree)
    text = ast.unparse(tree)
    again = parse(text)
    return Source(text, again) if again is not None and text.isprintable() else None


def chain_from(tree: ast.expr, root: str) -> list[ast.expr]:
    """Return the nodes from ``root`` outwards: attributes, subscripts and calls upon each other.

    The first node is the root itself, the last one the whole chain; the list is empty where
    the root does not occur. ``getattr(root, "name")`` counts as an attribute.
    """
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    wanted = parse(root)
    if not isinstance(wanted, ast.Name | ast.Attribute):
        return []
    found = next((node for node in _expressions(tree) if ast.dump(node) == ast.dump(wanted)), None)
    chain = [found] if found is not None else []
    while chain and isinstance(outer := parents.get(chain[-1]), ast.expr):
        if not _continues(outer, chain[-1]):
            break
        chain.append(outer)
    return chain


def _expressions(tree: ast.expr) -> Iterator[ast.expr]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.expr))


def _continues(outer: ast.expr, inner: ast.expr) -> bool:
    match outer:
        case ast.Attribute(value=part) | ast.Subscript(value=part) | ast.Call(func=part):
            return part is inner or (part_of_getattr(outer) is not None and _first(outer) is inner)
    return False


def _first(node: ast.expr) -> ast.expr | None:
    return node.args[0] if isinstance(node, ast.Call) and node.args else None


def part_of_getattr(node: ast.expr) -> str | None:
    """Return ``"id"`` for ``getattr(x, "id", ...)``, ``None`` for anything else."""
    match node:
        case ast.Call(func=ast.Name(id="getattr"), args=[_, ast.Constant(value=str(name)), *_]):
            return name
    return None


def called(node: ast.expr) -> str:
    """Return the last name of what a call calls, empty for anything else."""
    return last_name(node.func) if isinstance(node, ast.Call) else ""


def last_name(node: ast.AST) -> str:
    """Return ``c`` for ``a.b.c`` and for ``c``, empty for anything else."""
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""


def constant(node: ast.expr) -> bool:
    """Whether an expression means the same wherever it stands."""
    return all(isinstance(part, LITERAL) for part in ast.walk(node))


def names_in(text: str) -> set[str]:
    """Return every name and attribute that an expression mentions."""
    source = read(text)
    return {last_name(node) for node in ast.walk(source.tree)} if source is not None else set()


def variables_in(text: str) -> set[str]:
    """Return the variables that an expression uses, a lambda's parameters among them."""
    source = read(text)
    nodes = list(ast.walk(source.tree)) if source is not None else []
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    return names | {node.arg for node in nodes if isinstance(node, ast.arg)}
