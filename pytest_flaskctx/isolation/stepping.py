"""Where the interpreter tells of lines: the switch points of the user's code.

From Python 3.12 on by ``sys.monitoring``, beside whatever else listens there; below by tracing, and
then whoever traced before is told as well.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import CodeType
from typing import Protocol

from pytest_flaskctx.isolation.roles import Role, role_of_context, roles

GENERATING = 0x20 | 0x80 | 0x200
"""Flags of code that yields: generators, coroutines, generators of coroutines."""


class Stepping(Protocol):
    """Calls the turns at each switch point of each participant.

    Attributes:
        fine: whether instructions within a line are switch points, too.
    """

    fine: bool

    def installed(self) -> AbstractContextManager[None]:
        """Tell of lines within the block."""
        ...


def stepping(users: Callable[[CodeType], bool]) -> Stepping:
    """Return what tells of the lines of the code that is the user's.

    Args:
        users: whether code is.
    """
    if sys.version_info >= (3, 12):
        from pytest_flaskctx.isolation.monitoring import Monitoring

        return Monitoring(users)
    from pytest_flaskctx.isolation.tracing import Tracing

    return Tracing(users)


def acting() -> Role | None:
    """Return the role of the calling thread, ``None`` where it has no part in a schedule.

    The thread in which asgiref runs an ``async`` view acts for the participant whose context came
    along with it. Others into which a context came are the program's own, and run as they like.
    """
    role = roles.role
    if role is not None:
        return role
    came = role_of_context()
    if came is None or roles.asked is came.turns:
        return None
    roles.asked = came.turns
    if not _of_asgiref():
        return None
    roles.role = came
    return came


def _of_asgiref() -> bool:
    frame = sys._getframe()
    while frame is not None:
        if frame.f_globals.get("__name__", "").startswith("asgiref"):
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False
