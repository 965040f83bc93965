"""For whom a thread acts."""

from __future__ import annotations

import contextvars
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from watching import run_thread

from pytest_flaskctx.isolation.acting import GENERATING, acting
from pytest_flaskctx.isolation.roles import Role, take


def role() -> Role:
    """Return a role in a schedule of its own."""
    turns: Any = object()
    return Role(turns, turns)


def carried(part: Role, *functions: Callable[[], object]) -> list[object]:
    """Return what each of ``functions`` returns in a thread that acts for a participant."""
    found: list[object] = []

    def carry() -> None:
        take(part)
        found.extend(function() for function in functions)

    run_thread(carry)
    return found


def in_context_of(part: Role, function: Callable[[], object]) -> object:
    """Return what ``function`` returns where the context is that of a participant."""
    context = contextvars.Context()
    run_thread(lambda: context.run(take, part))
    return context.run(function)


def from_module(name: str | None) -> Callable[[], Any]:
    """Return a function of a module by this name, or of none, that calls :func:`acting`."""
    space: dict[str, Any] = {"acting": acting}
    if name is not None:
        space["__name__"] = name
    exec("def act():\n    return acting()\n", space)
    found: Callable[[], Any] = space["act"]
    return found


def test_a_carrier_acts_for_its_participant() -> None:
    """As often as it is asked."""
    part = role()
    assert carried(part, acting, acting) == [part, part]


def test_a_thread_of_the_programs_acts_for_nobody() -> None:
    """Neither one without a context of a participant, nor one with it, as often as it is asked."""
    part = role()
    found: list[object] = []

    def work() -> None:
        found.append(acting())
        found.append(in_context_of(part, acting))
        found.append(in_context_of(part, acting))

    run_thread(work)
    assert found == [None, None, None]


def test_the_thread_of_an_async_view_acts_for_its_participant() -> None:
    """It is one of asgiref's, into which the context came along."""
    part = role()

    async def view() -> object:
        return acting()

    assert carried(part, async_to_sync(view), acting) == [part, part]
    assert async_to_sync(view)() is None


def test_asgiref_is_known_by_its_modules() -> None:
    """Others, and code that belongs to none, are no part of it."""
    part = role()
    found: list[object] = []
    for name in ("asgiref.sync", "shop.asgiref", None):
        act = from_module(name)
        run_thread(lambda: found.append(in_context_of(part, act)))  # noqa: B023 - runs at once
    assert found == [part, None, None]


def test_a_thread_is_asked_anew_in_another_schedule() -> None:
    """It may be of a pool that lives longer than one."""
    one, other = role(), role()
    found: list[object] = []

    def work() -> None:
        found.append(in_context_of(one, acting))
        found.append(in_context_of(other, from_module("asgiref.sync")))

    run_thread(work)
    assert found == [None, other]


def test_a_thread_is_asked_anew_for_another_participant() -> None:
    """It may be of a pool that both of one schedule use."""
    one = role()
    other = Role(one.turns, role().who)
    found: list[object] = []

    def work() -> None:
        found.append(in_context_of(one, acting))
        found.append(in_context_of(other, from_module("asgiref.sync")))

    run_thread(work)
    assert found == [None, other]


def test_a_thread_that_is_used_again_acts_for_whom_its_context_is() -> None:
    """For nobody in between; the program's own use of it is nobody's."""
    one, other = role(), role()
    act = from_module("asgiref.sync")
    found: list[object] = []

    def work() -> None:
        found.append(in_context_of(one, act))
        found.append(act())
        found.append(in_context_of(one, acting))
        found.append(in_context_of(other, acting))
        found.append(in_context_of(one, acting))
        found.append(in_context_of(other, act))

    run_thread(work)
    assert found == [one, None, one, None, one, None]
    found.clear()
    run_thread(lambda: found.extend(in_context_of(each, act) for each in (one, other, one)))
    assert found == [one, other, one]


def test_a_carrier_acts_for_its_participant_in_whatever_context() -> None:
    """Its role is its own, and came with none."""
    part, other = role(), role()
    act = from_module("asgiref.sync")
    found = carried(
        part, lambda: contextvars.Context().run(acting), lambda: in_context_of(other, act)
    )
    assert found == [part, part]


@pytest.mark.parametrize("name", [None, 7])
def test_a_module_may_have_no_name_to_speak_of(name: object) -> None:
    """It is no part of asgiref then."""
    space: dict[str, Any] = {"acting": acting, "__name__": name}
    exec("def act():\n    return acting()\n", space)
    found: list[object] = []
    run_thread(lambda: found.append(in_context_of(role(), space["act"])))
    assert found == [None]


def test_code_that_yields_is_known_by_its_flags() -> None:
    """Generators, coroutines, and generators of coroutines; plain functions do not."""

    def generator() -> Any:
        yield

    async def coroutine() -> None: ...

    async def both() -> Any:
        yield

    def plain() -> None: ...

    functions: list[Callable[[], Any]] = [generator, coroutine, both, plain]
    flags = [bool(each.__code__.co_flags & GENERATING) for each in functions]
    assert flags == [True, True, True, False]
