"""FCX201, FCX202 and FCX207: a proxy reads a context that this thread did not push for its work.

Nothing is raised: the context is there. It is dead, or lent, or somebody else's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_flaskctx.rules.base import Rule

if TYPE_CHECKING:
    from pytest_flaskctx.facts import Access, ContextFact, RequestFact
    from pytest_flaskctx.rules.base import Mode

USE_AFTER_REQUEST = Rule(
    "FCX201",
    "use-after-request",
    "fail",
    "A context is used after the request that it belongs to is over.",
    "What a finished request leaves behind may be closed, half torn down or changed, and nothing "
    "tells the code that reads it.",
)
FOREIGN_CONTEXT = Rule(
    "FCX202",
    "foreign-context",
    "fail",
    "A task of one request reads another request's context.",
    "One user is served another user's data, and no exception is raised anywhere.",
)
BORROWED_CONTEXT = Rule(
    "FCX207",
    "borrowed-context",
    "strict",
    "A thread reads a context that another thread pushed and is still using.",
    "Two threads share what Flask makes for one; the first to finish takes it from the other.",
)

_CLOSED = {
    "body": "the request's body is first read when the request is over",
    "file": "an uploaded file is read after it was closed with its request",
}
_STARTS = ("thread", "process")


def broken(access: Access) -> Rule | None:
    """Return the rule that a use of a bound context breaks, ``None`` where it is right."""
    context = access.context
    # A truth test reads nothing of the context, and what it leads to is judged by itself.
    if context is None or access.operation == "__bool__" or (context.own and not context.over):
        return None
    if _foreign(access, context):
        return FOREIGN_CONTEXT
    if context.over:
        return USE_AFTER_REQUEST
    return None if context.owner_waits else BORROWED_CONTEXT


def level(access: Access) -> Mode | None:
    """Return where a use fails that is milder than its rule: the app alone is no user's data."""
    context = access.context
    if context is None or access.proxy != "current_app":
        return None
    same = context.same_app and not context.same_request
    return "strict" if same or context.beneath or not context.of_request else None


def _foreign(access: Access, context: ContextFact) -> bool:
    """Whether a task of one request reads what belongs to another.

    The start of a thread or process does not count as such a task: what it does for whom, a queue
    may have told it. What came with it from its start on, nobody told it.
    """
    origin = access.origin
    if origin is None or origin.request is None:
        return False
    if origin.kind in _STARTS and not context.brought:
        return False
    return context.of_request and not context.same_request


def message(rule: Rule, access: Access, context: ContextFact) -> str:
    """Return what is wrong with ``access``, in one sentence without a full stop."""
    if rule is FOREIGN_CONTEXT:
        served = access.origin.request if access.origin else None
        tasks, read = _words(served, "a request"), _words(context.request, "another request")
        read = f"another {read}" if read == tasks else read
        return f"`{access.proxy}` in a task of {tasks} reads the context of {read}"
    if access.operation in _CLOSED:
        return _CLOSED[access.operation]
    used = f"`{access.proxy}()` called" if access.operation == "call" else f"`{access.proxy}` used"
    if rule is USE_AFTER_REQUEST:
        whose = "its request" if context.of_request else "the context it belongs to"
        return f"{used} after {whose} was over"
    return f"{used} in a thread that borrows the context of another thread"


def _words(request: RequestFact | None, unknown: str) -> str:
    return f"{request.method} {request.rule}" if request is not None else unknown
