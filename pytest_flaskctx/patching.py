"""Replacing attributes of other people's objects so that it can be undone.

What does not work: keeping the original at import and writing it back. Whoever patched after us
would lose their patch (sentry-sdk wraps the same methods once a process), and a second monitor in
the same process would be torn down with the first. So a patch is undone only where our object is
still in place; one that somebody else wraps stays, and its ``live`` flag makes it inert.
"""

from __future__ import annotations

from collections.abc import Callable
from types import FunctionType
from typing import Any

_MISSING: Any = object()
_TOLD = ("__name__", "__qualname__", "__module__", "__doc__")

Undo = Callable[[], None]
"""Takes back one change; called once."""


class Patches:
    """A stack of reversible changes, undone last in, first out."""

    def __init__(self) -> None:
        self._undos: list[Undo] = []

    def __len__(self) -> int:
        return len(self._undos)

    def replace(self, owner: Any, name: str, new: Any) -> None:
        """Set ``owner.name`` to ``new`` until undone.

        A name that ``owner`` only inherits is deleted again, not written back. A function that
        stands in for another tells of itself what that would: its signature too, by which mocks
        are made.
        """
        before = vars(owner).get(name, _MISSING)
        _tell_as(getattr(owner, name, None), new)
        setattr(owner, name, new)

        def undo() -> None:
            if vars(owner).get(name) is not new:
                return
            if before is _MISSING:
                delattr(owner, name)
            else:
                setattr(owner, name, before)

        self._undos.append(undo)

    def add(self, undo: Undo) -> None:
        """Register a change already made, by what takes it back."""
        self._undos.append(undo)

    def undo(self, report: Callable[[BaseException], None]) -> None:
        """Take back every change, the newest first; one that fails does not stop the others."""
        while self._undos:
            try:
                self._undos.pop()()
            except Exception as error:  # the next patch must still go
                report(error)


def _tell_as(original: Any, new: Any) -> None:
    # Not functools.wraps(): what stands in the dictionary is the original's own. One that stands
    # in for two goes by the first.
    if type(original) is type(new) is FunctionType and not hasattr(new, "__wrapped__"):
        for name in _TOLD:
            setattr(new, name, getattr(original, name))
        new.__wrapped__ = original  # type: ignore[attr-defined]
