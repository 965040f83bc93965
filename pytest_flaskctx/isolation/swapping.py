"""The locks that a program made before: each makes room for one that knows the turns, and comes back."""

from __future__ import annotations

import _thread
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pytest_flaskctx.isolation.cells import Cell
from pytest_flaskctx.isolation.locks import PLAIN, REENTRANT, Cooperative, cooperative
from pytest_flaskctx.isolation.sleeping import SLEEP
from pytest_flaskctx.isolation.state import State

_BOUND = ("acquire", "release", "_release_save", "_acquire_restore", "_is_owned")


class Swapped:
    """Locks in the places of a state, and the names by which modules know how to make and to sleep.

    Args:
        state: the places.
        originals: what is known under several names, with what stands in its place now.
    """

    def __init__(self, state: State) -> None:
        self._state = state
        self._made: dict[int, tuple[Any, Cooperative]] = {}
        self._back: list[tuple[Cell, object, object]] = []
        self._aliases = {id(each): now for each, now in _aliases()}

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Let the stand-ins be in place within the block."""
        try:
            for cell in self._state.cells:
                self._exchange_in(cell)
            for thing, cell in self._state.locking:
                self._exchange_in(cell)
                if issubclass(type(thing), threading.Condition):
                    self._rebind(thing, cell)
            yield
        finally:
            for cell, key, value in reversed(self._back):
                cell.exchange(key, value)

    def _exchange_in(self, cell: Cell) -> None:
        if not cell.writable:
            return
        for key, value in cell.parts():
            if cell.what == "module global" and id(value) in self._aliases:
                self._put(cell, key, value, self._aliases[id(value)])
                continue
            new = self._stand_in(value, cell.named(key))
            if new is not None:
                self._put(cell, key, value, new)

    def _put(self, cell: Cell, key: object, old: object, new: object) -> None:
        cell.exchange(key, new)
        self._back.append((cell, key, old))

    def _stand_in(self, value: Any, name: str) -> object:
        if type(value) not in (PLAIN, REENTRANT):
            return None
        if id(value) not in self._made:
            lock = cooperative(value)
            lock.name = name
            # The real one is kept, or another object could have its id.
            self._made[id(value)] = value, lock
        return self._made[id(value)][1]

    def _rebind(self, condition: threading.Condition, cell: Cell) -> None:
        """Let a condition use the lock that stands in for its own."""
        held = dict(cell.parts())
        lock: Any = held.get("_lock")
        if isinstance(lock, Cooperative):
            for name in _BOUND:
                if name in held:
                    self._put(cell, name, held[name], getattr(lock, name))


def _aliases() -> Iterator[tuple[object, object]]:
    """Yield each function that a module may know by another name, and what stands in for it."""
    yield _thread.allocate_lock, threading.Lock
    yield PLAIN, threading.Lock
    yield _MAKES_REENTRANT, threading.RLock
    yield SLEEP, time.sleep


_MAKES_REENTRANT = threading.RLock
