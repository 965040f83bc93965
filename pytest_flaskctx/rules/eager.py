"""FCX208: a task that runs at once finds the contexts of who handed it over.

Its test is green because of that: in production the task runs in another process, or in another
thread, where nothing of the request is bound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_flaskctx.places import users
from pytest_flaskctx.rules.base import Rule

if TYPE_CHECKING:
    from pytest_flaskctx.facts import Access, Stack
    from pytest_flaskctx.rules.base import Mode

EAGER_TASK_ACCESS = Rule(
    "FCX208",
    "eager-task-access",
    "strict",
    "A task that a test runs at once uses the contexts of the request that handed it over.",
    "In production the task runs in another process or thread, where nothing of the request is "
    "bound: it fails there, and no test shows it.",
)

_APP = ("current_app", "app_ctx")
_APP_LEVEL = (*_APP, "g")
_FOR_A_REQUEST = frozenset({"has_request_context"})
_FOR_AN_APP = _FOR_A_REQUEST | {"has_app_context", "is_eager"}


def concerns(access: Access) -> bool:
    """Whether ``access`` found what its task would not find where it runs in production."""
    origin, context = access.origin, access.context
    if origin is None or context is None:
        return False
    # A callback that runs at once is luck, which is unbound-access.
    return origin.kind != "callback" and context.outside and not context.over


def broken(access: Access) -> Rule | None:
    """Return the rule that a use breaks which :func:`concerns` it, ``None`` where it is right."""
    if access.operation == "__bool__" or _asked(access):
        return None
    if access.proxy in _APP_LEVEL and not _served(access):
        return None
    frame = users(access.stack)
    if frame is not None:
        # Not before there is an access to judge: it brings in the parser.
        from pytest_flaskctx import source

        if source.guarded(frame) or source.tested(frame):
            return None
    return EAGER_TASK_ACCESS


def _asked(access: Access) -> bool:
    """Whether the task asked for a context before, by a name that says so."""
    from pytest_flaskctx import source

    for number, frame in enumerate(_inside(access)):
        # Who asked for any application context may use one; what `g` then holds is another thing.
        any_app = access.proxy in (_APP_LEVEL if number == 0 else _APP)
        if source.mentions(frame, _FOR_AN_APP if any_app else _FOR_A_REQUEST):
            return True
    return False


def _served(access: Access) -> bool:
    """Whether a request handed the task over, and not a test that pushed one as its worker may."""
    lent = access.context is not None and not access.context.own
    return lent or any(
        frame.kind == "flask" and frame.function.endswith(".wsgi_app") for frame in access.stack
    )


def _inside(access: Access) -> Stack:
    """Return the user's frames within the task, the innermost first."""
    stack, origin = access.stack, access.origin
    handed = origin.stack[0] if origin is not None and origin.stack else None
    inside = stack[: stack.index(handed)] if handed in stack else stack
    return tuple(frame for frame in inside if frame.kind == "user")


def level(access: Access) -> Mode | None:
    """Return where a use fails that is milder than its rule.

    Many a worker pushes an application context when it starts, for all of its tasks.
    """
    queued = access.origin is not None and access.origin.kind == "eager"
    return "warn" if queued and access.proxy in _APP else None


def message(access: Access) -> str:
    """Return what is wrong with ``access``, in one sentence without a full stop."""
    queued = access.origin is not None and access.origin.kind == "eager"
    where = "a worker" if queued else "a pool's thread"
    lacks = "application context but its own" if access.proxy in _APP_LEVEL else "request"
    return (
        f"`{access.proxy}` used in a task that ran at once, in the thread that handed it over; "
        f"{where} has no {lacks}"
    )
