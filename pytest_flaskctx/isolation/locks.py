"""Locks that let another participant go on where they make one wait.

A participant that waits for a lock in C would have to be found asleep, which takes milliseconds and
depends on the machine. A lock that knows the turns passes them on at once, the same in every run, and
tells who holds what when nobody can go on. Threads that are no participants find a plain lock.
"""

from __future__ import annotations

import _thread
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType, FrameType, TracebackType
from typing import Any

from pytest_flaskctx.isolation.roles import Role, roles
from pytest_flaskctx.isolation.turns import Participant, Point
from pytest_flaskctx.patching import Patches

PLAIN = _thread.LockType
REENTRANT = _thread.RLock
SOON = 0.002
"""For how long a lock is waited for that a running thread holds, in seconds."""


class Cooperative:
    """Stands in for a lock.

    Args:
        real: the lock that it stands in for; whoever holds that holds this.

    Attributes:
        owner: the participant that holds it; ``None`` where nobody does, or none of them.
        at: where that one took it.
        name: how a program would write it, where that is known.
        made: where it was made, where it was made meanwhile.
    """

    def __init__(self, real: Any) -> None:
        self._real = real
        self._waiting: list[Role] = []
        self.owner: Participant | None = None
        self.at: Point | None = None
        self.name = ""
        self.made: tuple[CodeType, int] | None = None

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock, as ``threading.Lock.acquire`` does.

        Args:
            blocking: whether to wait for it.
            timeout: for how long, in seconds; -1 for ever.
        """
        role = roles.role
        if role is None or not blocking or roles.starting:
            taken = bool(self._real.acquire(blocking, timeout))
        else:
            taken = self._take() or self._wait(role, timeout)
        if taken and role is not None:
            self.owner, self.at = role.who, role.who.at
        return taken

    def _take(self) -> bool:
        return bool(self._real.acquire(False))

    def _wait(self, role: Role, timeout: float) -> bool:
        turns, who = role
        # A lock that a thread waits for while it has it itself is a signal, and anybody may give it.
        signal = self.owner is None or self.owner is who
        if signal and not turns.alone():
            got = bool(self._real.acquire(True, timeout))
            turns.back(who)
            return got
        # One of several threads that act for a participant may give it back on its own.
        if self.owner is not None and len(self.owner.threads) > 1 and self._soon():
            return True
        self._waiting.append(role)
        try:
            taken = turns.wait_for(who, self, self._take, timed=timeout >= 0)
            who.ahead += 0.0 if taken else timeout
            return taken
        finally:
            self._waiting.remove(role)

    def _soon(self) -> bool:
        return bool(self._real.acquire(True, SOON))

    def release(self) -> None:
        """Give the lock back, and let those go on that wait for it."""
        self._real.release()
        if not self._held():
            self._given_back()

    def _given_back(self) -> None:
        self.owner = None
        for turns, who in tuple(self._waiting):
            turns.released(who)

    def _held(self) -> bool:
        return False

    def locked(self) -> bool:
        """Whether somebody holds it."""
        return bool(self._real.locked())

    def __enter__(self) -> bool:
        return self.acquire()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class Reentrant(Cooperative):
    """Stands in for a reentrant lock, and does for ``threading.Condition`` what that asks of one."""

    def _held(self) -> bool:
        return self._is_owned()

    def _is_owned(self) -> bool:
        return bool(self._real._is_owned())

    def _release_save(self) -> Any:
        state = self._real._release_save()
        self._given_back()
        return state

    def _acquire_restore(self, state: Any) -> None:
        # As the real one tells it: who waits while locks are exchanged comes back to the other one.
        for _ in range(state[0]):
            self.acquire()


def cooperative(real: Any) -> Cooperative:
    """Return what stands in for a lock that is there already."""
    return Reentrant(real) if isinstance(real, REENTRANT) else Cooperative(real)


class MakesLocks(type):
    """A class whose call makes a lock that knows the turns; plain locks are of it, too."""

    def __call__(cls) -> Any:
        return _placed(_thread.allocate_lock(), sys._getframe(1))

    def __instancecheck__(cls, thing: object) -> bool:
        return isinstance(thing, (PLAIN, Cooperative))


class Lock(metaclass=MakesLocks):
    """Stands in for ``threading.Lock``, which is a function or a class, by the Python."""


def make_reentrant() -> Any:
    """Stand in for ``threading.RLock()``."""
    return _placed(REENTRANT(), sys._getframe(1))


def _placed(real: Any, frame: FrameType) -> Any:
    """Return what stands in for a new lock; a module that is imported meanwhile keeps a plain one.

    Such a lock is there for the whole process, and held for moments.
    """
    if frame.f_code.co_name == "<module>":
        return real
    lock = cooperative(real)
    lock.made = frame.f_code, frame.f_lineno
    return lock


@contextmanager
def made() -> Iterator[None]:
    """Let whatever makes a lock within the block make one that knows the turns."""
    patches = Patches()
    for name, make in (
        ("_allocate_lock", Lock),
        ("Lock", Lock),
        ("RLock", make_reentrant),
    ):
        patches.replace(threading, name, make)
    try:
        yield
    finally:
        patches.undo(lambda error: None)
