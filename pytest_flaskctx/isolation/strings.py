"""The strings in a value, wherever in it they are: no object is asked for them."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Container, Iterable, Iterator
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

from pytest_flaskctx.flasknames import is_proxy
from pytest_flaskctx.unasked import namespace_of

OTHERS = (ModuleType, type, FunctionType, CodeType, FrameType)
"""What is the program itself, and not what it keeps."""


def entries(held: dict[Any, Any]) -> list[Any]:
    """Return the keys and values of a dictionary."""
    return [*dict.keys(held), *dict.values(held)]


def texts(value: Any, depth: int, apart: Container[int]) -> Iterator[str]:
    """Yield the strings in a value, not those in what is a place of its own."""
    cls = type(value)
    if issubclass(cls, str):
        yield str.__str__(value)
    elif issubclass(cls, (bytes, bytearray)):
        yield bytes(value).decode("latin-1")
    elif depth and id(value) not in apart:
        for each in _inner(value, cls):
            yield from texts(each, depth - 1, apart)


def _inner(value: Any, cls: type) -> Iterable[Any]:
    if issubclass(cls, dict):
        return entries(value)
    for kind in (list, tuple, set, frozenset, deque):
        if issubclass(cls, kind):
            return list(kind.__iter__(value))
    if issubclass(cls, FunctionType):
        return [*(value.__closure__ or ()), *(value.__defaults__ or ())]
    if issubclass(cls, OTHERS) or is_proxy(value):
        return ()
    space = namespace_of(value)
    named = list(space.values()) if type(space) is dict else []
    # What has slots, or was made in C, such as a row of a database: nothing of it is asked.
    kept = (each for each in gc.get_referents(value) if each is not space)
    return [*named, *(each for each in kept if not issubclass(type(each), OTHERS))]
