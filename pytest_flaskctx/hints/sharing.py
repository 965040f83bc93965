"""A context that several tasks push: the user's own hand-over, with a copy for each task."""

from __future__ import annotations

import ast

from pytest_flaskctx.facts import OriginKind
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

_MAPS = {"map", "map_async", "imap", "imap_unordered", "starmap", "starmap_async"}


def own_copies(call: str, kind: OriginKind | None) -> list[str]:
    """Return how each task gets a copied context of its own; nothing where ``call`` is not known.

    Args:
        call: the source of the hand-over.
        kind: by which mechanism it is one.
    """
    source = read(call)
    if source is None:
        return []
    calls = [node for node in ast.walk(source.tree) if isinstance(node, ast.Call)]
    found = [written for node in calls if (written := _written(source, node, kind))]
    if len(found) != 1:
        # Which of several it is, or that it is all of them, nobody can tell.
        return []
    ((work, decorated, lines),) = found
    lead = (
        f"Pass the values that `{work}` needs, and no context. "
        "Where it needs the request itself, give each task a copy of its own:"
    )
    undo = [f"and take the decorator off `{work}` itself: each of these calls makes a copy."]
    return [lead, *code(lines), *(undo if decorated else [])]


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


def _written(
    source: Source, node: ast.Call, kind: OriginKind | None
) -> tuple[str, bool, list[str]] | None:
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
    # The items are the rest of what stands there by place.
    items = [source.of(each) for each in node.args[1:]]
    if not items or not isinstance(node.func, ast.Attribute):
        return None
    pool = source.of(node.func.value)
    if kind == "threadpool":
        each = "each" if called(node).startswith("starmap") else "(each,)"
        lines = [f"for each in {items[0]}:", f"    {pool}.apply_async({copied}, {each})"]
    elif len(items) > 1:
        lines = [f"for each in zip({', '.join(items)}):", f"    {pool}.submit({copied}, *each)"]
    else:
        lines = [f"for each in {items[0]}:", f"    {pool}.submit({copied}, each)"]
    return name, work is given, lines


def _work(node: ast.Call) -> tuple[ast.expr | None, bool]:
    """Return the function that ``node`` hands over, and whether it does so for many items."""
    name = called(node)
    several = name in _MAPS
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
