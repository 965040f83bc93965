"""Which participant a thread acts for."""

from __future__ import annotations

import contextvars
from typing import Any

from watching import run_thread

from pytest_flaskctx.isolation.roles import Role, role_of_context, roles, take


def test_a_thread_acts_for_nobody_at_first() -> None:
    """Nor does its context come from anybody."""
    found: list[object] = []
    run_thread(lambda: found.extend((roles.role, roles.asked, role_of_context())))
    assert found == [None, None, None]


def test_a_role_is_the_threads_and_its_contexts() -> None:
    """A thread that runs in a copy of the context has the role of that, and none of its own."""
    turns: Any = object()
    role = Role(turns, turns)
    found: list[object] = []

    def carry() -> None:
        take(role)
        found.extend((roles.role, role_of_context()))
        copied = contextvars.copy_context()
        run_thread(lambda: copied.run(lambda: found.extend((roles.role, role_of_context()))))
        take(None)
        found.extend((roles.role, role_of_context()))

    run_thread(carry)
    assert found == [role, role, None, role, None, None]
    assert (roles.role, role_of_context()) == (None, None)
