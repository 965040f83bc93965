"""Patches: undone in any order and nesting, and never over somebody else's."""

from __future__ import annotations

import inspect
from typing import Any
from unittest import mock

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_flaskctx.patching import Patches


class Base:
    """What others patch."""

    def own(self) -> str:
        return "base"

    def inherited(self) -> str:
        return "base"


def fail(error: BaseException) -> None:
    """Nothing may go wrong."""
    raise AssertionError from error


steps = st.lists(
    st.tuples(
        st.sampled_from(["patch", "undo", "foreign", "foreign-undo"]),
        st.integers(0, 3),
        st.sampled_from(["own", "inherited"]),
    ),
    max_size=30,
)


@given(steps)
def test_patches_come_and_go_in_any_order(steps: list[tuple[str, int, str]]) -> None:
    """Whoever patches between: undoing takes away our object only where it is still in place."""
    victim = type("Victim", (Base,), {"own": lambda self: "victim"})
    stacks = [Patches() for _ in range(4)]
    foreign: list[tuple[str, Any, Any]] = []
    ours: set[Any] = set()
    for what, number, name in steps:
        before = vars(victim).get(name)
        if what == "patch":
            new = object()
            ours.add(new)
            stacks[number].replace(victim, name, new)
            assert vars(victim)[name] is new
        elif what == "undo":
            stacks[number].undo(fail)
            assert not len(stacks[number])
            assert before is vars(victim).get(name) or before in ours
        elif what == "foreign":
            theirs = object()
            foreign.append((name, theirs, before))
            setattr(victim, name, theirs)
        elif foreign:
            name, theirs, under = foreign.pop()
            if vars(victim).get(name) is theirs and under is not None:
                setattr(victim, name, under)


@given(st.permutations(range(4)), st.sampled_from(["own", "inherited"]))
def test_the_last_to_leave_turns_off_the_light(order: list[int], name: str) -> None:
    """Stacks undone from the newest leave the original; an inherited name is deleted again."""
    victim = type("Victim", (Base,), {"own": lambda self: "victim"})
    original = dict(vars(victim))
    stacks = [Patches() for _ in order]
    for stack in stacks:
        stack.replace(victim, name, object())
    for stack in reversed(stacks):
        stack.undo(fail)
    assert dict(vars(victim)) == original
    for number in order:
        stacks[number].undo(fail)
    assert dict(vars(victim)) == original


@given(st.permutations(range(3)))
def test_a_foreign_patch_survives_every_order(order: list[int]) -> None:
    """What somebody put on top of ours is there when all of ours have gone."""
    victim = type("Victim", (Base,), {})
    stacks = [Patches() for _ in order]
    for stack in stacks:
        stack.replace(victim, "own", object())
    victim.own = theirs = object()  # type: ignore[attr-defined]
    for number in order:
        stacks[number].undo(fail)
    assert vars(victim)["own"] is theirs


def test_changes_are_undone_the_newest_first() -> None:
    """A stack is a stack, whatever takes the change back."""
    done: list[int] = []
    patches = Patches()
    for number in range(3):
        patches.add(lambda number=number: done.append(number))  # type: ignore[misc]
    assert len(patches) == 3
    patches.undo(fail)
    patches.undo(fail)
    assert done == [2, 1, 0]


def test_one_that_fails_does_not_stop_the_others() -> None:
    """Each is tried, each failure told."""
    told: list[BaseException] = []
    done: list[str] = []
    patches = Patches()
    patches.add(lambda: done.append("first"))
    patches.add({}.popitem)  # type: ignore[arg-type]
    patches.add(lambda: done.append("last"))
    patches.undo(told.append)
    assert done == ["last", "first"]
    assert [type(error) for error in told] == [KeyError]


def test_what_cannot_be_set_is_not_to_be_undone() -> None:
    """A replacement that fails raises, and leaves nothing on the stack."""
    patches = Patches()
    with pytest.raises(TypeError, match="immutable"):
        patches.replace(int, "real", object())
    assert len(patches) == 0


def test_a_stand_in_tells_of_itself_what_the_original_would() -> None:
    """Mocks are made by the signature; one that stands in for two methods goes by the first."""

    class Shop:
        def order(self, name: str) -> str:
            """Order something."""
            return name

        again = order

    def stand_in(*args: Any) -> Any:
        return original(*args)

    original, patches = Shop.order, Patches()
    patches.replace(Shop, "order", stand_in)
    patches.replace(Shop, "again", stand_in)
    assert Shop.order is Shop.again is stand_in
    assert str(inspect.signature(Shop.order)) == "(self, name: 'str') -> 'str'"
    told = [(each.__name__, each.__qualname__, each.__doc__) for each in (Shop.order, original)]
    assert told[0] == told[1]
    with pytest.raises(TypeError):
        mock.create_autospec(Shop, instance=True).order(nmae="tea")


def test_what_is_no_function_is_told_as_it_is() -> None:
    """A class's own callable, or a name that was not there, lends nothing."""

    class Shop:
        size = len

    def stand_in() -> None: ...

    patches = Patches()
    patches.replace(Shop, "size", stand_in)
    patches.replace(Shop, "other", stand_in)
    assert stand_in.__name__ == "stand_in"
    assert not hasattr(stand_in, "__wrapped__")
