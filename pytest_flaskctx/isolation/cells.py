"""Kinds of things that hold a program's state: each can be looked at, put back, and named.

Nothing of the user's runs meanwhile: contents are compared by identity, and read and written past
whatever a class makes of ``__eq__``, ``__getattr__`` or ``__setitem__``.
"""

from __future__ import annotations

import io
import os
import re
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from operator import is_
from types import CellType, FunctionType, MemberDescriptorType, ModuleType
from typing import Any, NamedTuple

from pytest_flaskctx.unasked import asked_of

_ABSENT: Any = object()
_KEY = r"""\[(?:'[^']*'|"[^"]*"|[^\]])*\]"""
_PLAIN_KEYS = (str, bytes, int, float, bool, type(None))
_COMPUTED = ("cached_property", "locked_cached_property")


class Part(NamedTuple):
    """One thing in a cell.

    Attributes:
        key: by what it is found there.
        value: the thing.
    """

    key: object
    value: object


class Cell:
    """Something that holds state.

    Args:
        path: how a program would write it.
        what: the words for one part of it, such as ``module global``.

    Attributes:
        writable: whether it can be put back.
        opaque: whether its parts go by its own name, since theirs tell nothing.
        librarys: whether it belongs to an object of a library.
    """

    writable = True
    opaque = False
    librarys = False
    _last: tuple[Any, ...] = ()

    def __init__(self, path: str, what: str) -> None:
        self.path = path
        self.what = what

    def content(self) -> tuple[Any, ...]:
        """Return what tells one state of it from another, item by item."""
        raise NotImplementedError

    def _as_before(self, content: tuple[Any, ...]) -> tuple[Any, ...]:
        """Return the content of the last look where it is equal: what is told anew is not the same."""
        if content != self._last:
            self._last = content
        return self._last

    def put_back(self, content: tuple[Any, ...]) -> None:
        """Make it hold again what it held when :meth:`content` returned ``content``."""

    def parts(self) -> list[Part]:
        """Return what it holds."""
        return [Part(None, value) for value in self.content()]

    def named(self, key: object) -> str:
        """Return how a program would write a part of it."""
        return self.path

    def name(self, key: object) -> str:
        """Return the name by which a line that uses a part of it has to mention it."""
        return str(key)

    def exchange(self, key: object, value: object) -> None:
        """Hold ``value`` in place of the part under ``key``."""


def within(path: str, more: str) -> str:
    """Return how a program would write what ``more`` names in what ``path`` names.

    A closure's variable and a default argument are written ``name` of `function``.
    """
    inner, of, function = path.partition("` of `")
    return f"{inner}{more}{of}{function}"


def last_name(path: str) -> str:
    """Return the last name in what a program would write."""
    plain = re.sub(_KEY, "", path.partition("`")[0])
    return next(iter(re.findall(r"[^\W\d]\w*", plain)[::-1]), "")


def same(one: Sequence[Any], other: Sequence[Any]) -> bool:
    """Whether two contents are of the very same objects."""
    return len(one) == len(other) and all(map(is_, one, other))


class Namespace(Cell):
    """The attributes of a module, a class, an instance or a function.

    Args:
        owner: whose they are.
        space: the dictionary that holds them.
        users: whether a module's name is one of the user's.
    """

    def __init__(
        self,
        owner: Any,
        space: dict[str, Any],
        path: str,
        what: str,
        users: Callable[[str], bool] = lambda module: False,
    ) -> None:
        super().__init__(path, what)
        self._owner = owner
        self._space = space
        self._users = users

    def content(self) -> tuple[Any, ...]:
        """Return names and values in turn."""
        space = self._space
        return (*space, *space.values())

    def put_back(self, content: tuple[Any, ...]) -> None:
        """Set what has changed; what came since and can be made again is taken away."""
        half = len(content) // 2
        before = dict(zip(content[:half], content[half:], strict=True))
        for name, value in list(self._space.items()):
            known = before.get(name, _ABSENT)
            if known is value or self._stays(name, value):
                continue
            if known is _ABSENT:
                self._delete(name)
            else:
                self.exchange(name, known)
        for name, value in before.items():
            if name not in self._space:
                self.exchange(name, value)

    def _stays(self, name: str, value: object) -> bool:
        """Whether something is no state, or is only known now and was not other before.

        A submodule that a view imports is an attribute of its package. What a library's class computes
        once would only be computed again. Libraries that map classes make descriptors when
        they are first asked.
        """
        if type(value) is ModuleType:
            return True
        if isinstance(self._owner, type) and _is_librarys_descriptor(value):
            return True
        for base in asked_of(type(self._owner), "__mro__"):
            kept = asked_of(base, "__dict__").get(name)
            if kept is not None:
                computed = type(kept) is cached_property or type(kept).__name__ in _COMPUTED
                return computed and not self._users(str(asked_of(base, "__module__")))
        return False

    def exchange(self, key: Any, value: object) -> None:
        """Set an attribute; that of a class, so that the interpreter knows."""
        if isinstance(self._owner, type):
            type.__setattr__(self._owner, key, value)
        else:
            self._space[key] = value

    def _delete(self, name: str) -> None:
        if isinstance(self._owner, type):
            type.__delattr__(self._owner, name)
        else:
            del self._space[name]

    def parts(self) -> list[Part]:
        return [Part(*item) for item in list(self._space.items())]

    def named(self, key: object) -> str:
        return self.path if self.opaque else within(self.path, f".{key}")


def _is_librarys_descriptor(value: object) -> bool:
    cls = type(value)
    return hasattr(cls, "__get__") and asked_of(cls, "__module__") not in ("builtins", "functools")


class Slots(Cell):
    """The attributes of an instance whose class has slots."""

    def __init__(self, owner: object, path: str, what: str) -> None:
        super().__init__(path, what)
        self._owner = owner
        self._slots = list(_members(type(owner)))

    def content(self) -> tuple[Any, ...]:
        return tuple(_slot(member, self._owner) for member in self._slots)

    def put_back(self, content: tuple[Any, ...]) -> None:
        for member, before, now in zip(self._slots, content, self.content(), strict=True):
            if before is not now:
                if before is _ABSENT:
                    member.__delete__(self._owner)
                else:
                    member.__set__(self._owner, before)

    def parts(self) -> list[Part]:
        held = zip(self._slots, self.content(), strict=True)
        return [Part(member.__name__, value) for member, value in held if value is not _ABSENT]

    def named(self, key: object) -> str:
        return self.path if self.opaque else within(self.path, f".{key}")

    def exchange(self, key: object, value: object) -> None:
        for member in self._slots:
            if member.__name__ == key:
                member.__set__(self._owner, value)


def _members(cls: type) -> Iterator[MemberDescriptorType]:
    for base in asked_of(cls, "__mro__"):
        for kept in asked_of(base, "__dict__").values():
            if type(kept) is MemberDescriptorType:
                yield kept


def _slot(member: MemberDescriptorType, owner: object) -> Any:
    try:
        return member.__get__(owner)
    except AttributeError:
        return _ABSENT


class Mapping(Cell):
    """A dictionary, of whichever class.

    Args:
        spelt: whether a key may be told: others may be data of a request.
    """

    def __init__(
        self,
        thing: dict[Any, Any],
        path: str,
        what: str = "item",
        spelt: Callable[[str], bool] = lambda key: True,
    ) -> None:
        super().__init__(path, what)
        self._spelt = spelt
        self._thing = thing
        # One that keeps an order of its own must hear of every change.
        self._kind: Any = OrderedDict if isinstance(thing, OrderedDict) else dict

    def content(self) -> tuple[Any, ...]:
        """Return keys and values in turn; no key of the user's is looked up: that runs its `__hash__`."""
        # At once: a thread of the app's may put something in meanwhile.
        items = list(dict.items(self._thing))
        keys = tuple(key for key, _ in items)
        if self._kind is dict or not all(type(key) in _PLAIN_KEYS for key in keys):
            return (*keys, *(value for _, value in items))
        keys = tuple(self._kind.__iter__(self._thing))
        return (*keys, *(dict.__getitem__(self._thing, key) for key in keys))

    def put_back(self, content: tuple[Any, ...]) -> None:
        """Write what differs: a thread that looks meanwhile does not find it empty."""
        half = len(content) // 2
        before = dict(zip(content[:half], content[half:], strict=True))
        for key in self.content()[: len(self._thing)]:
            if key not in before:
                self._kind.__delitem__(self._thing, key)
        for key, value in before.items():
            if dict.get(self._thing, key, _ABSENT) is not value:
                self._kind.__setitem__(self._thing, key, value)
        if not same(self.content(), content):
            self._in_order(before)

    def _in_order(self, before: dict[Any, Any]) -> None:
        for key, value in before.items():
            self._kind.__delitem__(self._thing, key)
            self._kind.__setitem__(self._thing, key, value)

    def parts(self) -> list[Part]:
        return [Part(*item) for item in list(dict.items(self._thing))]

    def named(self, key: object) -> str:
        if self.opaque:
            return self.path
        told = key if type(key) is str and self._spelt(key) else None
        return within(self.path, f"[{told!r}]" if told is not None else "[...]")

    def name(self, key: object) -> str:
        return last_name(self.path)

    def exchange(self, key: Any, value: object) -> None:
        self._kind.__setitem__(self._thing, key, value)


class Series(Cell):
    """A list, a deque or an array of bytes."""

    def __init__(self, thing: Any, path: str, what: str = "item") -> None:
        super().__init__(path, what)
        self._thing = thing
        kinds = (list, deque, bytearray)
        self._kind: Any = next(kind for kind in kinds if isinstance(thing, kind))

    def content(self) -> tuple[Any, ...]:
        return tuple(self._kind.__iter__(self._thing))

    def put_back(self, content: tuple[Any, ...]) -> None:
        self._kind.clear(self._thing)
        self._kind.extend(self._thing, content)

    def parts(self) -> list[Part]:
        if self._kind is bytearray:
            return [Part(None, bytes(self._thing))]
        return [Part(number, value) for number, value in enumerate(self.content())]

    def named(self, key: object) -> str:
        return self.path if key is None or self.opaque else within(self.path, f"[{key}]")

    def name(self, key: object) -> str:
        return last_name(self.path)

    def exchange(self, key: Any, value: object) -> None:
        self._kind.__setitem__(self._thing, key, value)


class Collection(Cell):
    """A set."""

    def __init__(self, thing: set[Any], path: str) -> None:
        super().__init__(path, "set")
        self._thing = thing

    def name(self, key: object) -> str:
        return last_name(self.path)

    def content(self) -> tuple[Any, ...]:
        return tuple(set.__iter__(self._thing))

    def put_back(self, content: tuple[Any, ...]) -> None:
        set.clear(self._thing)
        set.update(self._thing, content)


class Closed(Cell):
    """A variable of a closure."""

    def __init__(self, cell: CellType, path: str, what: str) -> None:
        super().__init__(path, what)
        self._cell = cell

    def name(self, key: object) -> str:
        return last_name(self.path)

    def content(self) -> tuple[Any, ...]:
        try:
            return (self._cell.cell_contents,)
        except ValueError:  # not set yet
            return ()

    def put_back(self, content: tuple[Any, ...]) -> None:
        if content:
            self._cell.cell_contents = content[0]
        else:
            del self._cell.cell_contents

    def exchange(self, key: object, value: object) -> None:
        self._cell.cell_contents = value


class Defaults(Cell):
    """The default arguments of a function, which hold what they hold for its life."""

    def __init__(self, function: FunctionType, path: str) -> None:
        super().__init__(path, "default argument")
        self._function = function

    def content(self) -> tuple[Any, ...]:
        return (self._function.__defaults__, *(self._function.__kwdefaults__ or {}).values())

    def put_back(self, content: tuple[Any, ...]) -> None:
        self._function.__defaults__ = content[0]
        by_name = self._function.__kwdefaults__ or {}
        by_name.update(zip(by_name, content[1:], strict=False))

    def parts(self) -> list[Part]:
        function = self._function
        code, defaults = function.__code__, function.__defaults__ or ()
        names = code.co_varnames[code.co_argcount - len(defaults) : code.co_argcount]
        held = [*zip(names, defaults, strict=True), *(function.__kwdefaults__ or {}).items()]
        return [Part(*item) for item in held]

    def named(self, key: object) -> str:
        return f"{key}` of `{self.path}"


class Cached(Cell):
    """What ``functools.lru_cache`` has kept of a function's results."""

    def __init__(self, function: Any, path: str, held: Callable[[Any], list[Any]]) -> None:
        super().__init__(path, "cached results of")
        self._function = function
        self._held = held

    def name(self, key: object) -> str:
        return last_name(self.path)

    def content(self) -> tuple[Any, ...]:
        return self._as_before(tuple(self._function.cache_info()))

    def put_back(self, content: tuple[Any, ...]) -> None:
        self._function.cache_clear()

    def parts(self) -> list[Part]:
        return [Part(None, value) for value in self._held(self._function)]


class Buffer(Cell):
    """A file in memory."""

    def __init__(self, thing: io.StringIO | io.BytesIO, path: str) -> None:
        super().__init__(path, "buffer")
        self._thing: Any = thing

    def name(self, key: object) -> str:
        return last_name(self.path)

    def content(self) -> tuple[Any, ...]:
        if self._thing.closed:
            return ()
        return self._as_before((self._thing.getvalue(), self._thing.tell()))

    def put_back(self, content: tuple[Any, ...]) -> None:
        if content and not self._thing.closed:
            self._thing.seek(0)
            self._thing.truncate()
            self._thing.write(content[0])
            self._thing.seek(content[1])

    def parts(self) -> list[Part]:
        return [Part(None, value) for value in self.content()[:1]]


class Environment(Cell):
    """The environment variables of the process.

    Args:
        spelt: whether a name may be told.
    """

    def __init__(self, spelt: Callable[[str], bool] = lambda key: True) -> None:
        super().__init__("os.environ", "environment variable")
        self._spelt = spelt

    def content(self) -> tuple[Any, ...]:
        known: Any = os.environ._data  # type: ignore[attr-defined]
        return (*known, *known.values())

    def put_back(self, content: tuple[Any, ...]) -> None:
        half = len(content) // 2
        before = dict(zip(content[:half], content[half:], strict=True))
        for key, value in self._decoded(before).items():
            if os.environ.get(key) != value:
                os.environ[key] = value
        for key in set(os.environ) - set(self._decoded(before)):
            del os.environ[key]

    def _decoded(self, raw: dict[Any, Any]) -> dict[str, str]:
        decode = os.environ.decodekey
        return {decode(key): decode(value) for key, value in raw.items()}

    def parts(self) -> list[Part]:
        return [Part(*item) for item in list(os.environ.items())]

    def named(self, key: object) -> str:
        return str(key) if self._spelt(str(key)) else self.path


class Seen(Cell):
    """Something that can be looked at only, such as what a thread has in a ``threading.local``.

    Args:
        look: returns names and values.
    """

    writable = False

    def __init__(self, look: Callable[[], dict[str, Any]], path: str, what: str) -> None:
        super().__init__(path, what)
        self._look = look

    def content(self) -> tuple[Any, ...]:
        held = self._look()
        return (*held, *held.values())

    def parts(self) -> list[Part]:
        return [Part(*item) for item in self._look().items()]

    def named(self, key: object) -> str:
        return self.path if self.opaque else within(self.path, f".{key}")
