"""What is followed of a program."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import ModuleType

import pytest

from pytest_flaskctx.isolation import following
from pytest_flaskctx.isolation.following import Following

Make = Callable[..., ModuleType]


class Reaching:
    """Takes the first module for the user's, and all of them for what is followed."""

    def __init__(self, mine: ModuleType, *librarys: ModuleType) -> None:
        self._mine = mine
        self._all = [each.__file__ for each in (mine, *librarys)]

    def keeps(self, file: str) -> bool:
        return file in self._all

    def own(self, file: str) -> bool:
        return file == self._mine.__file__


def made_of(*modules: ModuleType) -> Following:
    """Return what follows modules, the first of them the user's."""
    return Following(Reaching(*modules))  # type: ignore[arg-type]


def test_what_the_modules_hold_is_followed(module: Make) -> None:
    """The user's and the library's, and what else there is to begin with."""
    mine, theirs = module("user = 'Bob'"), module("cache = {}", name="acme")
    followed = made_of(mine, theirs)
    state = followed.state({"box": ["a"]})
    paths = {cell.path for cell in state.cells}
    assert {f"{mine.__name__}", "acme", "acme.cache", "box"} <= paths
    assert list(followed.limits(state)) == []


def test_a_module_that_is_imported_later_is_followed_then(module: Make) -> None:
    """Until then nobody knows of it; what was known is known on."""
    late = ModuleType("late")
    mine = module("user = 'Bob'")
    late.__file__ = mine.__file__
    followed = made_of(mine)
    assert not followed.grown()
    sys.modules["late"] = late
    try:
        assert followed.grown()
        assert not followed.grown()
    finally:
        del sys.modules["late"]
    assert list(followed.modules.values()) == [mine, late]


def test_a_library_with_too_many_places_is_left_out(
    module: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of it: half of what it holds, put back, would fit to nothing. The result says so."""
    monkeypatch.setattr(following, "MOST_OF_LIBRARIES", 20)
    mine, theirs = (
        module("user = ['Bob']"),
        module("all = [[each] for each in range(30)]", name="acme"),
    )
    followed = made_of(mine, theirs)
    for _ in range(2):
        state = followed.state({})
        assert f"{mine.__name__}.user" in {cell.path for cell in state.cells}
        assert not any(cell.path.startswith("acme") for cell in state.cells)
        assert list(followed.limits(state)) == ["what `acme` holds"]
    assert theirs not in followed.modules.values()
    assert not followed.grown()


def test_a_program_of_the_users_is_followed_as_far_as_it_goes(
    module: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What lies beyond is said not to be put back; keys are told as the source spells them."""
    monkeypatch.setattr(following, "MOST", 20)
    mine = module("seats = {'window': 1, 'ai' + 'sle': 2}\nall = [[each] for each in range(30)]\n")
    followed = made_of(mine)
    state = followed.state({})
    assert len(state.cells) == 20
    assert list(followed.limits(state)) == ["places beyond the first few thousand"]
    seats = next(cell for cell in state.cells if cell.path.endswith("seats"))
    named = [seats.named(part.key) for part in seats.parts()]
    assert any("window" in name for name in named)
    assert not any("aisle" in name for name in named)
