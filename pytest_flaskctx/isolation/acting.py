"""For whom a thread acts at a switch point."""

from __future__ import annotations

import sys

from pytest_flaskctx.isolation.roles import Role, role_of_context, roles

GENERATING = 0x20 | 0x80 | 0x200
"""Flags of code that yields: generators, coroutines, generators of coroutines."""


def acting() -> Role | None:
    """Return the role of the calling thread, ``None`` where it has no part in a schedule.

    The thread in which asgiref runs an ``async`` view acts for the participant whose context came
    along with it. Others into which a context came are the program's own, and run as they like.
    """
    role = roles.role
    if role is not None and not roles.adopted:
        return role
    came = role_of_context()
    if came is None or came is role:
        return came
    if roles.asked is came:
        return None
    if _of_asgiref():
        roles.role, roles.adopted = came, True
        return came
    roles.asked = came
    return None


def _of_asgiref() -> bool:
    frame = sys._getframe()
    while frame is not None:
        if str(frame.f_globals.get("__name__")).startswith("asgiref"):
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False
