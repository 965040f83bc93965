"""What holds a request when its test is over, as the program would write it.

Only the state of the user's modules counts, and of the classes in them: what a library keeps for
itself is the library's, and what a fixture or the test keeps is the test's.
"""

from __future__ import annotations

import linecache
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import pairwise
from types import FunctionType, MemberDescriptorType, ModuleType
from typing import Any, NamedTuple

from pytest_flaskctx.referrers import Path, paths
from pytest_flaskctx.unasked import asked_of, namespace_of

PATIENCE = 0.5
"""For how long is looked after one test, in seconds; each step outwards takes milliseconds."""

MOST_OF_RUN = 400
"""For how many requests of a run a holder is looked for."""

PATIENCE_OF_RUN = 2.0
"""For how long is looked in a run, in seconds."""

CLOSURE = "the closure of"
INSIDE = "something inside"


class Holder(NamedTuple):
    """What holds a request.

    Attributes:
        file: the file of its module.
        names: what to look for in there: a global, or a class and its attribute.
        path: from the module to the request, as the program would write it.
        site: the same without what changes from run to run, such as positions in lists.
        how: how the end of ``path`` holds it, where it is no attribute or item.
    """

    file: str
    names: tuple[str, ...]
    path: str
    site: str
    how: str


class Step(NamedTuple):
    """How one object of a path refers to the next.

    Attributes:
        text: as the program would write it.
        site: the same without what changes from run to run.
    """

    text: str
    site: str


class Holders:
    """Finds what holds requests.

    Args:
        is_users: whether a file is the user's.
        makes: whether a file makes a name, rather than imports it.
        modules: those to look at.
        clock: the time of this thread, in seconds: on a busy machine others take most of it.

    Attributes:
        searched: for how many requests a holder was looked for so far.
        spent: for how long, in seconds.
    """

    def __init__(
        self,
        is_users: Callable[[str], bool],
        makes: Callable[[str, tuple[str, ...]], bool],
        modules: Mapping[str, ModuleType] = sys.modules,
        clock: Callable[[], float] = time.thread_time,
    ) -> None:
        self._is_users = is_users
        self._makes = makes
        self._modules = modules
        self._clock = clock
        self.searched = 0
        self.spent = 0.0
        # By ``id()`` of their namespace: all modules, and name and file of those that have one.
        self._all: frozenset[int] = frozenset()
        self._files: dict[int, tuple[str, str]] = {}

    def find(self, requests: Sequence[Any]) -> Iterator[tuple[int, Holder]]:
        """Yield the index of each of ``requests`` that is held, with what holds it.

        Args:
            requests: the one thing of the caller's that refers to them.
        """
        limit = min(self.spent + PATIENCE, PATIENCE_OF_RUN)
        for index in range(len(requests)):
            if self.exhausted or self.spent >= limit:
                break
            begun = self._clock()
            if not index:
                self._look_at_modules()
            deadline = begun + limit - self.spent
            holder = self._nearest(requests, index, deadline)
            self.searched += 1
            self.spent += self._clock() - begun
            if holder is not None:
                yield index, holder

    @property
    def exhausted(self) -> bool:
        """Whether it was looked often enough in this run, or for long enough."""
        return self.searched >= MOST_OF_RUN or self.spent >= PATIENCE_OF_RUN

    def _nearest(self, requests: Sequence[Any], index: int, deadline: float) -> Holder | None:
        found = paths(
            requests,
            index,
            namespaces=self._all,
            roots=self._is_root,
            late=lambda: self._clock() > deadline,
        )
        return min(map(self._holder, found), key=self._rank, default=None)

    def _look_at_modules(self) -> None:
        namespaces, self._files = [], {}
        for name, module in list(self._modules.items()):
            if not issubclass(type(module), ModuleType):
                continue
            namespace = object.__getattribute__(module, "__dict__")
            namespaces.append(id(namespace))
            file = namespace.get("__file__")
            if type(file) is str:
                self._files[id(namespace)] = name, file
        self._all = frozenset(namespaces)

    def _users_module(self, namespace: Any) -> tuple[str, str] | None:
        """Return name and file of the module of a namespace, where it is the user's."""
        known = self._files.get(id(namespace))
        return known if known is not None and self._is_users(known[1]) else None

    def _is_root(self, thing: Any) -> bool:
        if self._users_module(thing) is not None:
            return True
        return issubclass(type(thing), type) and self._home(thing) is not None

    def _home(self, cls: type) -> tuple[str, str] | None:
        """Return name and file of the user's module in which a class is found by its name."""
        module = self._modules.get(str(asked_of(cls, "__module__")))
        space = namespace_of(module) if module is not None else None
        known = self._users_module(space)
        for name in str(asked_of(cls, "__qualname__")).split("."):
            found = space.get(name) if space is not None else None
            space = namespace_of(found)
        return known if known is not None and found is cls else None

    def _holder(self, path: Path) -> Holder:
        root = path[0]
        module = self._users_module(root)
        names: tuple[str, ...] = ()
        if module is None:
            module = self._home(root) or ("", "")
            names = tuple(str(asked_of(root, "__qualname__")).split("."))
        name, file = module
        steps, how = steps_of(path, self._spelt, attributes=not names)
        first = steps[0].text.removeprefix(".") if steps else ""
        begin = ".".join((name, *names))
        return Holder(
            file=file,
            names=(*names, first) if first.isidentifier() else names,
            path=begin + "".join(step.text for step in steps),
            site=begin + "".join(step.site for step in steps),
            how=how,
        )

    def _rank(self, holder: Holder) -> tuple[object, ...]:
        """Sort key: who makes it before who imports it."""
        return not self._makes(holder.file, holder.names), holder.path

    def _spelt(self, key: str) -> bool:
        """Whether a key stands in the user's source, and so is no data of somebody's."""
        quoted = (repr(key), f'"{key}"')
        files = (file for _, file in self._files.values() if self._is_users(file))
        sources = ("".join(linecache.getlines(file)) for file in files)
        return any(word in source for source in sources for word in quoted)


def steps_of(
    path: Path, spelt: Callable[[str], bool], *, attributes: bool
) -> tuple[list[Step], str]:
    """Return how each object of a path refers to the next, and how the last one that can be told.

    Args:
        path: the objects.
        spelt: whether a key may be shown.
        attributes: whether the first object is a namespace.
    """
    steps: list[Step] = []
    for parent, child in pairwise(path):
        if namespace_of(parent) is child:
            attributes = True
            continue
        step = _step(parent, child, spelt, attributes)
        attributes = False
        if step is None:
            closed = type(parent) is FunctionType and parent.__closure__ is child
            return steps, CLOSURE if closed else INSIDE
        steps.append(step)
    return steps, ""


def _step(parent: Any, child: Any, spelt: Callable[[str], bool], attributes: bool) -> Step | None:
    cls = type(parent)
    if issubclass(cls, dict):
        found = _item(dict.items(parent), child, spelt, attributes)
        return found or _attribute(parent, child)
    for sequence in (list, tuple, deque):
        if issubclass(cls, sequence):
            return _position(sequence.__iter__(parent), child) or _attribute(parent, child)
    if cls is FunctionType:
        return _of_function(parent, child)
    return _attribute(parent, child)


def _item(items: Any, child: Any, spelt: Callable[[str], bool], attributes: bool) -> Step | None:
    # Copied at once: another thread may change it meanwhile.
    for key, value in list(items):
        if value is child:
            if attributes:
                return _named(key)
            shown = f"[{key!r}]" if type(key) is str and spelt(key) else "[...]"
            return Step(shown, shown)
    return None


def _named(key: Any) -> Step:
    """Return an attribute; what only a dictionary can have as a name may be somebody's data."""
    shown = f".{key}" if type(key) is str and key.isidentifier() else ".(...)"
    return Step(shown, shown)


def _position(items: Iterator[Any], child: Any) -> Step | None:
    for number, each in enumerate(list(items)):
        if each is child:
            return Step(f"[{number}]", "[...]")
    return None


def _of_function(function: FunctionType, child: Any) -> Step | None:
    for name in ("__defaults__", "__kwdefaults__"):
        if getattr(function, name) is child:
            return Step(f".{name}", f".{name}")
    return None


def _attribute(parent: Any, child: Any) -> Step | None:
    for key, value in list((namespace_of(parent) or {}).items()):
        if value is child:
            return _named(key)
    for base in asked_of(type(parent), "__mro__"):
        for key, member in list(asked_of(base, "__dict__").items()):
            if type(member) is MemberDescriptorType and _member(member, parent) is child:
                return Step(f".{key}", f".{key}")
    return None


def _member(member: MemberDescriptorType, parent: Any) -> Any:
    try:
        return member.__get__(parent)
    except AttributeError:  # a slot that is empty
        return None
