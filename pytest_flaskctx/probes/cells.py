"""What is handed over brings along: a function in its closure, other callables in themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from types import BuiltinMethodType, CellType, FunctionType, MethodType
from typing import Any

OPENED = frozenset({FunctionType, MethodType, BuiltinMethodType, partial})
"""Kinds of callables that are looked into."""


def contents(cells: Iterable[CellType]) -> Iterator[object]:
    """Yield what stands in ``cells``, as far as it was assigned yet."""
    for cell in cells:
        try:
            yield cell.cell_contents
        except ValueError:
            continue


def held(thing: Any) -> Iterable[Any]:
    """Return what something of an ``OPENED`` kind brings along."""
    # By type: isinstance() would look through a proxy that was handed over.
    kind = type(thing)
    if kind is FunctionType:
        kept = contents(thing.__closure__) if thing.__closure__ is not None else ()
        return kept if thing.__defaults__ is None else (*kept, *thing.__defaults__)
    if kind is MethodType:
        return thing.__func__, thing.__self__
    if kind is BuiltinMethodType:
        return (thing.__self__,)
    return thing.func, *thing.args, *thing.keywords.values()
