"""Which participant a thread acts for."""

from __future__ import annotations

import threading
from contextvars import ContextVar
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from pytest_flaskctx.isolation.turns import Participant, Turns


class Role(NamedTuple):
    """A part in the turns of one schedule.

    Attributes:
        turns: the schedule's.
        who: the participant.
    """

    turns: Turns
    who: Participant


class _Roles(threading.local):
    """Each thread's own role; threads of the program have none.

    Attributes:
        role: the part that it has.
        adopted: whether the role is that of whoever made the context in which the thread runs.
        asked: the last role that came with a context and was found not to be this thread's.
        starting: whether it waits for a thread to begin, and for nobody else.
    """

    role: Role | None = None
    adopted = False
    asked: Role | None = None
    starting = False


roles = _Roles()
_came_with: ContextVar[Role | None] = ContextVar("flask_ctx_isolation", default=None)


def take(role: Role | None) -> None:
    """Act for a participant from now on, in this thread, and in what runs in its context."""
    roles.role = role
    _came_with.set(role)


def role_of_context() -> Role | None:
    """Return the role of whoever made the context in which this thread runs."""
    return _came_with.get()
