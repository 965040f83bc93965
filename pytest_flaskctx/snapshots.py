"""What a dictionary held at one moment, and which of its keys hold something else by now.

What does not work: a copy of the dictionary alone, since ``session["cart"].append(...)`` changes
what stands in both; ``copy.deepcopy`` or pickling, which run code of the user's. So the containers
that Python itself has are copied, everything in them is kept as it is, and of that only what
Python's own types compare is compared.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

Content = dict[Any, Any]

MAX_ITEMS = 1000
"""Up to how many items a container is looked into: a larger one costs too much in each request."""

_MAX_DEPTH = 8
_SEQUENCES = (list, tuple)
_CONTAINERS = frozenset({dict, list, tuple, set})
_COMPARED = frozenset({"builtins", "datetime", "decimal", "fractions", "markupsafe", "uuid"})


def taken(content: Content) -> tuple[Content, bool]:
    """Return what ``content`` holds now, and whether it can change without being written to.

    Args:
        content: a dictionary; what a subclass does when it is asked for a key is not done.
    """
    copy = _copied(content)
    if not copy:
        return copy, False
    inner = [key for key, value in copy.items() if type(value) in _CONTAINERS]
    for key in inner:
        copy[key] = _frozen(copy[key], _MAX_DEPTH)
    return copy, bool(inner)


def changed(before: Content, now: Content) -> tuple[Any, ...]:
    """Return the keys that hold something else than before, and those that came or went.

    Args:
        before: what :func:`taken` returned.
        now: the dictionary.
    """
    present = _copied(now)
    differing = [
        key for key, value in present.items() if key not in before or not _same(before[key], value)
    ]
    return (*differing, *(key for key in before if key not in present))


def _copied(content: Content) -> Content:
    # Not by `dict.copy()`, which goes by the `keys()` of a class that has an `__iter__` of its own.
    return dict(list(dict.items(content)))


# What is copied first cannot change under the loop: another thread may be writing to it.
def _frozen(value: Any, depth: int) -> Any:
    kind = type(value)
    if kind not in _CONTAINERS or not depth or len(value) > MAX_ITEMS:
        return value
    if kind is dict:
        return {key: _frozen(each, depth - 1) for key, each in value.copy().items()}
    if kind is set:
        return value.copy()
    return kind([_frozen(each, depth - 1) for each in list(value)])


def _same(before: Any, now: Any) -> bool:
    kind = type(now)
    if before is now or kind is not type(before):
        return before is now
    if kind is dict:
        present = now.copy()
        return before.keys() == present.keys() and _all_same(before.values(), _of(present, before))
    if kind in _SEQUENCES:
        present = list(now)
        return len(before) == len(present) and _all_same(before, present)
    return kind.__module__ in _COMPARED and bool(before == now)


def _of(content: Content, keys: Iterable[Any]) -> list[Any]:
    return [content[key] for key in keys]


def _all_same(before: Iterable[Any], now: Iterable[Any]) -> bool:
    return all(map(_same, before, now))
