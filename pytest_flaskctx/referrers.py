"""Who refers to an object, from the object outwards, up to the namespaces of modules and classes.

What does not work: to follow every request that is still there when its test is over. One whose
view raised stays in a cycle with its traceback until Python collects garbage, and to ask all
objects of a process who refers to it takes milliseconds. Collecting garbage takes as long, and
would run the user's finalizers when we choose. So a request that nothing but frames refers to is
told by counting (:func:`held_by_frames`), and only for the others are the referrers followed.

No code of the user's runs on the way: it is types that are asked, by ``type``'s own methods.
"""

from __future__ import annotations

import gc
import logging
import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from types import AsyncGeneratorType, CoroutineType, FrameType, ModuleType, TracebackType
from typing import Any

from pytest_flaskctx.contexts import context_slots, is_context
from pytest_flaskctx.flasknames import environment_with, is_of_client, request_in
from pytest_flaskctx.records import record_of
from pytest_flaskctx.unasked import asked_of

DEEPEST = 12
"""How many referrers may stand one behind another; an instance may count as two."""

WIDEST = 40
"""How many are followed at a time: where there are more, everybody refers to something."""

_OF_VARIABLES = "hamt"
"""What holds the values of context variables is of a type that is called so, or begins so."""

_ENDS = (AsyncGeneratorType, CoroutineType, FrameType, ModuleType, TracebackType)
"""What still runs, or did when an exception was raised, is somebody else's affair."""

_OTHERS = frozenset(
    (
        "_asyncio",
        "_pytest",
        "asyncio",
        "blinker",
        "concurrent",
        "multiprocessing",
        "pluggy",
        "pytest_flaskctx",
        "threading",
    )
)
"""Packages whose objects hold what a test or a task holds, or what a fixture connects."""

Path = tuple[Any, ...]
"""Objects each of which refers to the next one."""


def held_by_frames(objects: Sequence[Any], index: int) -> bool:
    """Whether nothing but frames, and contexts that frames hold, refers to ``objects[index]``.

    Only young objects are looked at. Where that was too few the answer is no.

    Args:
        objects: the one thing of the caller's that refers to the object.
        index: which of them it is.
    """
    # The youngest are few, and mostly all that is wanted.
    return any(_held_by_frames(objects, index, among) for among in ((0,), (0, 1)))


def _held_by_frames(objects: Sequence[Any], index: int, among: tuple[int, ...]) -> bool:
    frames, contexts = _some(among)
    # Whatever else of ours refers to them must be gone when they are counted.
    known = [objects[index], *(each for each in contexts if request_in(each) is objects[index])]
    # From Flask 3.2 on a request and its environment refer to each other.
    own = environment_with(objects[index])
    counts = _referred(known, (*frames, *known[1:], *own))
    del frames, contexts, own
    found = [references(known, number) for number in range(len(known))]
    found[0] -= 1
    return found == counts


def _some(generations: Iterable[int]) -> tuple[list[Any], list[Any]]:
    """Return the frames and request contexts of some generations of Python's garbage collector."""
    frames: list[Any] = []
    contexts: list[Any] = []
    # By `id()`: what a metaclass of the user's has for a hash may raise.
    kinds = set(map(id, context_slots))
    for generation in generations:
        # In no list of ours meanwhile: the next look would find that, and it would hold itself.
        for each in gc.get_objects(generation=generation):
            if type(each) is FrameType:
                frames.append(each)
            elif id(type(each)) in kinds and request_in(each) is not None:
                contexts.append(each)
    return frames, contexts


def _referred(things: Sequence[Any], holders: Iterable[Any]) -> list[int]:
    """Return how often ``holders`` refer to each of ``things``."""
    counts = {id(each): 0 for each in things}
    for holder in holders:
        for each in gc.get_referents(holder):
            if id(each) in counts:
                counts[id(each)] += 1
    return list(counts.values())


def references(objects: Sequence[Any], index: int) -> int:
    """Return how many references there are to ``objects[index]`` besides that one."""
    return sys.getrefcount(objects[index]) - _ALONE


_ALONE = 0
_ALONE = references([object()], 0)


def paths(
    objects: Sequence[Any],
    index: int,
    *,
    namespaces: Collection[int],
    roots: Callable[[Any], bool],
    late: Callable[[], bool] = lambda: False,
) -> list[Path]:
    """Return the shortest paths from a root to ``objects[index]``; none where no root is found.

    No path leads through what the namespace of a module holds that is no root: it is that module's.

    Args:
        objects: the one thing of the caller's that refers to the object.
        index: which of them it is.
        namespaces: by ``id()``, those that end a path, be they roots or not.
        roots: whether a referrer is a root.
        late: whether to give up.
    """
    below: dict[int, int] = {}
    nodes = {id(objects[index]): objects[index]}
    # A tuple, since that is passed on as it is: a copy would refer to them too.
    asked = (objects[index],)
    for _ in range(DEEPEST):
        referrers = gc.get_referrers(*asked)
        ours = {id(each) for each in (objects, nodes, asked, referrers)}
        here = {id(each) for each in asked}
        for each in referrers:
            if id(each) in namespaces and not roots(each):
                here.difference_update(map(id, gc.get_referents(each)))
        front: list[Any] = []
        found: list[Path] = []
        for each in referrers:
            name = id(each)
            if name in nodes or name in ours or _ends(each):
                continue
            child = next((id(it) for it in gc.get_referents(each) if id(it) in here), None)
            if child is None:
                continue
            below[name] = child
            nodes[name] = each
            if roots(each):
                found.append(_path(name, nodes, below))
            elif not _is_namespace(each):
                front.append(each)
        if found or not front or len(front) > WIDEST or late():
            return found
        asked = tuple(front)
        del referrers, front, each
    return []


def _ends(thing: Any) -> bool:
    """Whether what is behind ``thing`` is somebody else's affair."""
    cls = type(thing)
    if is_context(thing):
        return _is_made_up(thing)
    package = str(asked_of(cls, "__module__")).partition(".")[0]
    if package == "builtins" and str(asked_of(cls, "__name__")).startswith(_OF_VARIABLES):
        return True
    if any(cls is end for end in _ENDS) or package in _OTHERS:
        return True
    return issubclass(cls, logging.Logger) or is_of_client(cls)


def _is_made_up(context: Any) -> bool:
    """Whether a test made a context, and pushed it by hand: it is the test's, wherever it is kept."""
    record = record_of(context)
    request = record.request if record is not None else None
    return request is not None and request.made_up


def _is_namespace(thing: Any) -> bool:
    """Whether ``thing`` holds the globals of code, of a module that was removed perhaps."""
    return type(thing) is dict and "__builtins__" in thing


def _path(name: int, nodes: Mapping[int, Any], below: Mapping[int, int]) -> Path:
    path = [nodes[name]]
    while name in below:
        name = below[name]
        path.append(nodes[name])
    return tuple(path)
