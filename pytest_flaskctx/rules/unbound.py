"""FCX101 and FCX102: a proxy used in a thread that has no context.

An access is a fact; here stands what it means. ``Judgement`` is the whole of the answer.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

from pytest_flaskctx.places import acting, users
from pytest_flaskctx.rules.base import Rule

if TYPE_CHECKING:
    from pytest_flaskctx.facts import Access, FileKind, Stack

UNBOUND_ACCESS = Rule(
    "FCX101",
    "unbound-access",
    "fail",
    "A context proxy is used in a thread that has no context.",
    "Flask's proxies find only what their own thread pushed, a new thread has nothing, and the "
    "error stays in a Future or a log where no test looks.",
)
UNBOUND_GUARD = Rule(
    "FCX102",
    "unbound-guard",
    "strict",
    "A guard decides the branch in a thread that has no context.",
    "Which branch is taken depends on the thread that runs it: in a view the same line decides "
    "otherwise.",
)

# Debuggers, mocks and isinstance() look at these; a program decides nothing by them.
_LOOKED_AT = frozenset({"__repr__", "__class__", "__dir__", "__doc__", "__wrapped__"})
_COMPARISONS = frozenset({"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"})
_DEBUGGERS = frozenset({"pdb", "bdb", "ipdb", "pudb", "pydevd", "_pydevd_bundle", "debugpy"})
_FLASK_OWN = (("logging.py", "wsgi_errors_stream"), ("logging.py", "has_level_handler"))
_FUNCTIONS = {
    "url_for": "needs a request or a `SERVER_NAME`",
    "after_this_request": "needs a request context",
    "copy_current_request_context": "needs a request context",
    "stream_with_context": "needs a request context",
}
_APP = ("g", "current_app", "app_ctx")


class Judgement(NamedTuple):
    """What an access means.

    Attributes:
        rule: the rule that it breaks.
        library: whether a library made it on its own account, its result staying inside it.
    """

    rule: Rule
    library: bool = False


class Aftermath(NamedTuple):
    """What became of the errors of an access.

    Attributes:
        paths: for each, the files that it passed through, the one that caught it first.
        escaped: whether one left its task.
    """

    paths: frozenset[tuple[str, ...]] = frozenset()
    escaped: bool = False


NOTHING_RAISED = Aftermath()


def judge(
    access: Access, aftermath: Aftermath, classify: Callable[[str], FileKind]
) -> Judgement | None:
    """Return what ``access`` means, ``None`` where it is right.

    Args:
        access: the fact.
        aftermath: what became of its errors.
        classify: tells whose code a file is.
    """
    if access.operation in _LOOKED_AT or _in_debugger(access.stack) or _flasks_own(access):
        return None
    lucky = _by_luck(access)
    if not lucky and (access.context is not None or access.test_thread):
        return None
    library = _librarys_own(access, aftermath, classify)
    # Of a use that failed nowhere it is not known what would have become of its error.
    if lucky and _called_by_user(access.stack):
        library = False
    if _guard(access):
        return Judgement(UNBOUND_GUARD, library)
    if access.extension and not _for_request(access):
        return None
    return Judgement(UNBOUND_ACCESS, library)


def _by_luck(access: Access) -> bool:
    """A callback that ran in the request's own thread only because its future was done."""
    origin, context = access.origin, access.context
    inline = origin is not None and origin.kind == "callback" and origin.inline
    return inline and context is not None and context.own


def _in_debugger(stack: Stack) -> bool:
    return any(not _DEBUGGERS.isdisjoint(_parts(frame.file)) for frame in stack)


def _parts(file: str) -> Iterable[str]:
    return os.path.splitext(file.replace("\\", "/"))[0].split("/")[-4:]


def _flasks_own(access: Access) -> bool:
    """Whether Flask asked on its own account: its logging, its guards, its teardown."""
    frame = next((each for each in access.stack if each.kind != "werkzeug"), None)
    if frame is None or frame.kind != "flask" or access.operation == "call":
        return False
    place = os.path.basename(frame.file), frame.function
    teardown = frame.function.rpartition(".")[2].startswith("do_teardown_")
    return access.operation == "__bool__" or place in _FLASK_OWN or teardown


def _librarys_own(
    access: Access, aftermath: Aftermath, classify: Callable[[str], FileKind]
) -> bool:
    actor = acting(access.stack)
    if actor is None or actor.kind != "library" or aftermath.escaped:
        return False
    return all(_stayed(path, classify) for path in aftermath.paths)


def _called_by_user(stack: Stack) -> bool:
    """Whether the user's line itself called a library: ``db.session``, not a handler of its log."""
    for inner, outer in pairwise(stack):
        if outer.kind == "user":
            return inner.kind == "library"
    return False


def _stayed(path: tuple[str, ...], classify: Callable[[str], FileKind]) -> bool:
    """Whether an error was caught before it came to the user or out of its thread."""
    kinds = {classify(file) for file in path}
    left = bool(path) and os.path.basename(path[0]) == "threading.py"
    return "user" not in kinds and not left


def _guard(access: Access) -> bool:
    if access.operation == "__bool__":
        return True
    frame = users(access.stack)
    if frame is None:
        return False
    # Not before there is an access to judge: it brings in the parser.
    from pytest_flaskctx import source

    if access.extension and not _for_request(access):
        return access.operation in _COMPARISONS or source.asks_with_default(frame)
    return source.guarded(frame)


def _for_request(access: Access) -> bool:
    return access.origin is not None and access.origin.request is not None


def message(rule: Rule, access: Access, aftermath: Aftermath = NOTHING_RAISED) -> str:
    """Return what is wrong with ``access``, in one sentence without a full stop."""
    if access.context is not None:
        return (
            f"`{access.proxy}` used in a done-callback, which ran in the request's own thread only "
            "because the future was done already"
        )
    if access.proxy in _FUNCTIONS:
        return f"`{access.proxy}()` called in a thread without a context; it {_FUNCTIONS[access.proxy]}"
    wanted = "application" if access.proxy in _APP else "request"
    if rule is UNBOUND_GUARD:
        return f"`{access.proxy}` decides a branch in a thread that has no {wanted} context"
    quiet = access.extension and not aftermath.paths
    silent = ", and answers nothing instead of failing" if quiet else ""
    return f"`{access.proxy}` used in a thread that has no {wanted} context{silent}"
