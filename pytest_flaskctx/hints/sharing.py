"""A context that several tasks push: the user's own hand-over, with a copy for each task."""

from __future__ import annotations

import ast

from pytest_flaskctx.hints.syntax import Source, called, last_name, read
from pytest_flaskctx.hints.words import code

_COPIES = "copy_current_request_context"
_WORK: dict[str, tuple[int, str]] = {
    "submit": (0, "fn"),
    "to_thread": (0, "func"),
    "run_in_executor": (1, "func"),
    "apply": (0, "func"),
    "apply_async": (0, "func"),
    "add_done_callback": (0, "fn"),
    "Thread": (1, "target"),
    "Timer": (1, "function"),
}
"""Where the function stands among the arguments: its place, and its keyword."""

_EACH = {
    "map": "{pool}.submit({work}, {each})",
    "starmap": "{pool}.apply_async({work}, each)",
    "map_async": "{pool}.apply_async({work}, (each,))",
    "starmap_async": "{pool}.apply_async({work}, each)",
    "imap": "{pool}.apply_async({work}, (each,))",
    "imap_unordered": "{pool}.apply_async({work}, (each,))",
}


def own_copies(call: str) -> list[str]:
    """Return how each task gets a copied context of its own; nothing where ``call`` is not known.

    Args:
        call: the source of the hand-over.
    """
    source = read(call)
    if source is None:
        return []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and (written := _written(source, node)):
            work, decorated, lines = written
            lead = (
                f"Pass the values that `{work}` needs, and no context. "
                "Where it needs the request itself, give each task a copy of its own:"
            )
            undo = [
                f"and take the decorator off `{work}` itself: each of these calls makes a copy."
            ]
            return [lead, *code(lines), *(undo if decorated else [])]
    return []


def own_context(call: str) -> list[str]:
    """Return how each task gets an application context of its own; nothing where it is not known.

    Args:
        call: the source of the hand-over.
    """
    source = read(call)
    calls = [node for node in ast.walk(source.tree) if isinstance(node, ast.Call)] if source else []
    work = next((work for node in calls if (work := last_name(_work(node)[0] or node))), "")
    if not work:
        return []
    return [
        f"Pass the application, and let `{work}` push a context of its own:",
        *code(("with app.app_context():", "    ...")),
    ]


def _written(source: Source, node: ast.Call) -> tuple[str, bool, list[str]] | None:
    """Return what ``node`` hands over, whether it was decorated before, and the code to paste."""
    given, several = _work(node)
    if given is None:
        return None
    work = _undecorated(given)
    name = last_name(work)
    if not name:
        return None
    copied = f"{_COPIES}({source.of(work)})"
    if not several:
        return name, work is given, [source.replacing(given, copied)]
    # ``pool.map``: the items are the rest of what stands there by place.
    items = [source.of(each) for each in node.args[1:]]
    if not items or not isinstance(node.func, ast.Attribute):
        return None
    together = f"zip({', '.join(items)})" if len(items) > 1 and called(node) == "map" else items[0]
    each = "*each" if together != items[0] else "each"
    pool = source.of(node.func.value)
    line = _EACH[called(node)].format(pool=pool, work=copied, each=each)
    return name, work is given, [f"for each in {together}:", f"    {line}"]


def _work(node: ast.Call) -> tuple[ast.expr | None, bool]:
    """Return the function that ``node`` hands over, and whether it does so for many items."""
    name = called(node)
    several = name in _EACH
    if not several and name not in _WORK:
        return None, False
    place, word = (0, "func") if several else _WORK[name]
    named = next((each.value for each in node.keywords if each.arg == word), None)
    if named is None and len(node.args) > place:
        named = node.args[place]
    return (None if isinstance(named, ast.Starred) else named), several


def _undecorated(work: ast.expr) -> ast.expr:
    if isinstance(work, ast.Call) and called(work) == _COPIES and work.args:
        return work.args[0]
    return work
