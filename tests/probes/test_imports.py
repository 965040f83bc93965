"""The import watch: it finds nothing, and sees what has come."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from pytest_flaskctx.probes import Probe, Switchboard
from pytest_flaskctx.probes.imports import ImportWatch


class Listening(Probe):
    """A probe that writes down what it is told."""

    name = "listening"
    modules = ("shop_watched",)

    def __init__(self, board: Switchboard) -> None:
        super().__init__(board)
        self.told: list[ModuleType] = []

    def attach(self, module: ModuleType) -> None:
        self.told.append(module)


@pytest.fixture
def listening() -> Iterator[Listening]:
    """A probe on a board of its own whose import watch is in place."""
    board = Switchboard()
    board.install([Listening])
    watch = ImportWatch(board)
    watch.install()
    (probe,) = board.probes
    assert isinstance(probe, Listening)
    yield probe
    watch.remove()
    sys.modules.pop("shop_watched", None)


def look(name: str = "shop_that_does_not_exist") -> None:
    """Import something that is not there, as any import of a new module does."""
    with pytest.raises(ModuleNotFoundError):
        __import__(name)


def test_a_module_is_told_of_once(listening: Listening) -> None:
    """Once it is imported a probe hears of it, at the next import of anything."""
    module = sys.modules["shop_watched"] = ModuleType("shop_watched")
    look()
    look()
    assert listening.told == [module]


def test_a_module_imported_anew_is_told_of_again(listening: Listening) -> None:
    """Modules are told apart by identity: pytester takes Flask out and imports it again."""
    first = sys.modules["shop_watched"] = ModuleType("shop_watched")
    look()
    second = sys.modules["shop_watched"] = ModuleType("shop_watched")
    look("shop_that_is_not_there_either")
    assert listening.told == [first, second]


def test_a_module_half_way_through_its_import_is_left_to_it(listening: Listening) -> None:
    """What is still being initialised has not all of its names; the next look will do."""
    module = sys.modules["shop_watched"] = ModuleType("shop_watched")
    module.__spec__ = type("Spec", (), {"_initializing": True})()  # type: ignore[assignment]
    look()
    assert listening.told == []
    module.__spec__ = None
    look()
    assert listening.told == [module]


def test_removing_twice_is_no_error() -> None:
    """A watch that somebody else took out of the list is simply gone."""
    watch = ImportWatch(Switchboard())
    before = list(sys.meta_path)
    watch.install()
    assert sys.meta_path[0] is watch
    sys.meta_path.remove(watch)
    watch.remove()
    assert sys.meta_path == before
