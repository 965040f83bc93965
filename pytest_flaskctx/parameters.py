"""How a function uses one of its parameters, read from its source when a finding is made."""

from __future__ import annotations

import ast

from pytest_flaskctx.source import Tree, top, tree


def uses(file: str, function: str, place: int | str) -> tuple[str, ...]:
    """Return each chain that begins with a parameter; none where that cannot be read.

    Args:
        file: the file that the function is looked for in.
        function: its name; if the file has several of that name, it is not known which is meant.
        place: which parameter, by its place or its name.
    """
    parsed = tree(file)
    made = _made(parsed, function)
    if parsed is None or made is None:
        return ()
    name = _name(made.args, place)
    named = [node for node in ast.walk(made) if isinstance(node, ast.Name) and node.id == name]
    chains = [top(parsed, node) for node in named]
    if any(isinstance(getattr(each, "ctx", None), ast.Store | ast.Del) for each in chains):
        return ()
    return tuple(dict.fromkeys(parsed.segment(each) for each in chains))


def _made(parsed: Tree | None, function: str) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    nodes = ast.walk(parsed.root) if parsed is not None else ()
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    made = [node for node in nodes if isinstance(node, kinds) and node.name == function]
    return made[0] if len(made) == 1 else None


def _name(arguments: ast.arguments, place: int | str) -> str:
    if isinstance(place, str):
        return place
    names = [each.arg for each in (*arguments.posonlyargs, *arguments.args)]
    return names[place] if place < len(names) else ""
