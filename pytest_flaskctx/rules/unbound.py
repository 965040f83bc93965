"""FCX101 and FCX102: a proxy used in a thread that has no context.

An access is a fact; here stands what it means where no context is bound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_flaskctx.places import users
from pytest_flaskctx.rules.base import Rule

if TYPE_CHECKING:
    from pytest_flaskctx.facts import Access

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

_COMPARISONS = frozenset({"__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"})
_FUNCTIONS = {
    "url_for": "needs a request or a `SERVER_NAME`",
    "after_this_request": "needs a request context",
    "copy_current_request_context": "needs a request context",
    "stream_with_context": "needs a request context",
}
_APP = ("g", "current_app", "app_ctx")


def broken(access: Access) -> Rule | None:
    """Return the rule that a use without a context, or with one by luck, breaks."""
    if access.test_thread and not by_luck(access):
        return None
    if _guard(access):
        return UNBOUND_GUARD
    if access.extension and not _for_request(access):
        return None
    return UNBOUND_ACCESS


def by_luck(access: Access) -> bool:
    """A callback that ran in the request's own thread only because its future was done."""
    origin, context = access.origin, access.context
    inline = origin is not None and origin.kind == "callback" and origin.inline
    return inline and context is not None and context.own


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


def message(rule: Rule, access: Access, *, answered: bool = False) -> str:
    """Return what is wrong with ``access``, in one sentence without a full stop.

    Args:
        rule: the rule that it breaks.
        access: the fact.
        answered: whether the proxy answered, instead of raising.
    """
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
    quiet = access.extension and answered
    silent = ", and answers nothing instead of failing" if quiet else ""
    return f"`{access.proxy}` used in a thread that has no {wanted} context{silent}"
