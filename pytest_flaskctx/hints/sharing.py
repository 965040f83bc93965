"""A context that several tasks push: the user's own hand-over, with a copy for each task."""

from __future__ import annotations

import ast
from typing import NamedTuple

from pytest_flaskctx.facts import OriginKind
from pytest_flaskctx.hints.syntax import Source, called, last_name, read
from pytest_flaskctx.hints.words import code, short

_COPIES = "copy_current_request_context"
WORK: dict[str, tuple[int, str]] = {
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


class _Written(NamedTuple):
    """A hand-over, written again.

    Attributes:
        work: the name of the function that is handed over.
        decorated: whether that was made a copy before.
        lines: the code to paste.
        after: what is to be said after it; mostly empty.
    """

    work: str
    decorated: bool
    lines: list[str]
    after: str = ""


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
    (written,) = found
    lead = (
        f"Pass the values that `{written.work}` needs, and no context. "
        "Where it needs the request itself, give each task a copy of its own:"
    )
    undo = f"Take the decorator off `{written.work}` itself: each of these calls makes a copy."
    rest = [written.after, undo if written.decorated else ""]
    return [lead, *code(written.lines), *filter(None, rest)]


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


def _written(source: Source, node: ast.Call, kind: OriginKind | None) -> _Written | None:
    """Return how ``node`` makes a copy for each task, ``None`` where it hands nothing over."""
    given, several = _work(node)
    if given is None:
        return None
    work = _undecorated(given)
    name = last_name(work)
    if not name:
        return None
    copied = f"{_COPIES}({source.of(work)})"
    if not several:
        return _Written(name, work is given, [source.replacing(given, copied)])
    calls = _calls(source, node, copied, kind)
    if not calls:
        return None
    return _Written(name, work is given, *_collected(source, node, calls, kind))


def _calls(source: Source, node: ast.Call, copied: str, kind: OriginKind | None) -> str:
    """Return a list of calls for the items of a map; empty where it has none."""
    # The items are the rest of what stands there by place.
    items = [source.of(each) for each in node.args[1:]]
    if not items or not isinstance(node.func, ast.Attribute):
        return ""
    pool = source.of(node.func.value)
    if kind == "threadpool":
        each = "each" if called(node).startswith("starmap") else "(each,)"
        return f"[{pool}.apply_async({copied}, {each}) for each in {items[0]}]"
    if len(items) > 1:
        return f"[{pool}.submit({copied}, *each) for each in zip({', '.join(items)})]"
    return f"[{pool}.submit({copied}, each) for each in {items[0]}]"


def _collected(
    source: Source, node: ast.Call, calls: str, kind: OriginKind | None
) -> tuple[list[str], str]:
    """Return code that waits for ``calls`` and keeps their results, and where those belong."""
    get = "get" if kind == "threadpool" else "result"
    started, results = f"futures = {calls}", f"[future.{get}() for future in futures]"
    place = _listed(source.tree, node)
    # Its result is waited for elsewhere, if it is.
    if called(node).endswith("_async") and place is node:
        return [started], f"In the place of its `get()` write `{results}`."
    lines = [started, f"results = {results}"]
    return lines, f"Put `results` in the place of `{short(source.of(place))}`."


def _listed(tree: ast.expr, node: ast.Call) -> ast.expr:
    """Return what makes a list of the results of ``node`` in the same expression, or ``node``."""
    for outer in ast.walk(tree):
        match outer:
            case ast.Call(func=ast.Name(id="list"), args=[made]) if made is node:
                return outer
            case ast.Call(func=ast.Attribute(attr="get", value=made)) if made is node:
                return outer
    return node


def _work(node: ast.Call) -> tuple[ast.expr | None, bool]:
    """Return the function that ``node`` hands over, and whether it does so for many items."""
    name = called(node)
    several = name in _MAPS
    if not several and name not in WORK:
        return None, False
    place, word = (0, "func") if several else WORK[name]
    named = next((each.value for each in node.keywords if each.arg == word), None)
    if named is None and len(node.args) > place:
        named = node.args[place]
    return (None if isinstance(named, ast.Starred) else named), several


def _undecorated(work: ast.expr) -> ast.expr:
    if isinstance(work, ast.Call) and called(work) == _COPIES and work.args:
        return work.args[0]
    return work
