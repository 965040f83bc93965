"""The state of a program: what its own modules hold, found from them outwards.

Only what is the user's is followed, and what of libraries is known to hold the user's state (a Flask
application, a shared response, a cache): putting a library's inner state back would break it.
"""

from __future__ import annotations

import builtins
import functools
import gc
import io
import sys
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextvars import Context, ContextVar
from functools import partial
from itertools import chain, count
from types import (
    BuiltinFunctionType,
    CellType,
    FunctionType,
    GeneratorType,
    MethodType,
    ModuleType,
)
from typing import Any

from pytest_flaskctx.flasknames import is_proxy
from pytest_flaskctx.isolation.cells import (
    Buffer,
    Cached,
    Cell,
    Closed,
    Collection,
    Defaults,
    Environment,
    Mapping,
    Namespace,
    Seen,
    Series,
    Slots,
    same,
)
from pytest_flaskctx.isolation.strings import OTHERS, entries, texts
from pytest_flaskctx.unasked import asked_of, attribute_of, namespace_of

MOST = 4000
"""How many places of a program are followed; what lies beyond them is not put back."""

_DEPTH = 4
_FOLLOWED = (
    "cachelib",
    "collections",
    "flask",
    "flask_caching",
    "flask_login",
    "logging",
    "string",
    "types",
    "weakref",
    "werkzeug.datastructures",
    "werkzeug.wrappers",
)
_NOT_FOLLOWED = ("logging.Logger", "logging.RootLogger", "logging.Manager", "flask.cli.AppGroup")
_CACHES = ("cachelib.", "flask_caching.backends.")
_OWN_AFFAIR = ("builtins", "jinja2")
_LOCKING = ("threading", "queue")
_PLAIN = ("builtins", "_contextvars", "_functools", "_io", "_thread", "functools", "itertools")
_CACHE = type(functools.lru_cache(len))
_LEAVES = (str, bytes, int, float, complex, bool, type(None), ModuleType, BuiltinFunctionType)


class State:
    """What a program holds: its places, what they held first, and what changed.

    Args:
        modules: the user's, by name.
        roots: further objects to begin with, by how a program would write them.
        users: whether a module's name is one of the user's.
        spelt: whether a key stands in the user's source, so that it may be told.
        most: how many places are followed.

    Attributes:
        cells: the places.
        locking: attributes of locks, conditions and queues, which are looked at for locks only.
        complete: whether all places were followed.
        moved: names of what cannot be put back and has moved on since.
    """

    def __init__(
        self,
        modules: dict[str, ModuleType],
        roots: dict[str, Any],
        users: Callable[[str], bool],
        spelt: Callable[[str], bool] = lambda key: True,
        most: int = MOST,
    ) -> None:
        self._users = users
        self._spelt = spelt
        self._most = most
        self._known: set[int] = set()
        self._queue: deque[tuple[Any, str, str, bool]] = deque()
        # What kind of place it is in which that is kept which is followed, where that tells more.
        self._kind = ""
        self._librarys = False
        self.cells: list[Cell] = []
        self.locking: list[tuple[Any, Cell]] = []
        self._moving: list[tuple[str, Any, Callable[[Any], object], object]] = []
        self.complete = True
        self._add(Environment(spelt))
        self._known.update(map(id, (self, self.__dict__, self.cells, vars(builtins))))
        for name, module in modules.items():
            self._follow_namespace(module, vars(module), name, "module global")
        for path, thing in roots.items():
            self._queue.append((thing, path, "", False))
        self._follow_all()
        for name, module in modules.items():
            self._watch_librarys(module, name)
        self._taken: list[tuple[Any, ...]] = []
        self._seen: list[tuple[Any, ...]] = []

    def take(self) -> None:
        """Remember what every place holds."""
        self._taken = [cell.content() for cell in self.cells]

    def put_back(self) -> None:
        """Make every place hold what it held when it was taken."""
        for cell, before in zip(self.cells, self._taken, strict=True):
            if cell.writable and not same(cell.content(), before):
                cell.put_back(before)

    def look(self) -> None:
        """Begin to look for changes."""
        self._seen = [cell.content() for cell in self.cells]

    def changed(self) -> list[Cell]:
        """Return the places that hold something other than at the last look."""
        found = []
        for number, cell in enumerate(self.cells):
            now = cell.content()
            if not same(now, self._seen[number]):
                self._seen[number] = now
                found.append(cell)
        return found

    @property
    def moved(self) -> list[str]:
        """Return the names of what cannot be put back and is no longer as it was."""
        return [path for path, thing, look, before in self._moving if look(thing) != before]

    def held_in(self, value: object, tokens: Sequence[str]) -> frozenset[int]:
        """Return which of ``tokens`` stand in the strings of a value.

        Args:
            value: a part of a place; what is a place of its own is not looked into.
            tokens: what to look for.
        """
        text = "\n".join(texts(value, _DEPTH, self._known)).lower()
        return frozenset(number for number, token in enumerate(tokens) if token in text)

    def _follow_all(self) -> None:
        while self._queue:
            if len(self.cells) >= self._most:
                self.complete = False
                return
            thing, path, self._kind, self._librarys = self._queue.popleft()
            self._follow(thing, path)

    def _add(self, cell: Cell) -> None:
        if self._kind:
            cell.what, cell.opaque = self._kind, True
        cell.librarys = cell.librarys or self._librarys
        self.cells.append(cell)
        for part in cell.parts():
            # What Python itself keeps in a module, its built-in functions above all, is nobody's state.
            if not issubclass(type(part.value), _LEAVES) and not str(part.key).startswith("__"):
                path, kind = cell.named(part.key), cell.what if cell.what in _TELLING else ""
                if cell.librarys and str(part.key).startswith("_"):
                    path, kind = cell.path, cell.what
                self._queue.append((part.value, path, kind, cell.librarys))

    def _later(self, thing: Any, path: str) -> None:
        self._queue.append((thing, path, self._kind, self._librarys))

    def _follow(self, thing: Any, path: str) -> None:
        cls = type(thing)
        if cls in _LEAVES or id(thing) in self._known or is_proxy(thing):
            return
        self._known.add(id(thing))
        for kinds, follow in _WAYS:
            # Of a class that is the user's the metaclass may be a library's.
            if issubclass(cls, kinds) and (kinds is type or self._is_followed(cls)):
                follow(self, thing, path)
                return
        self._follow_instance(thing, path)

    def _is_followed(self, cls: type) -> bool:
        """Whether an object of a class may be put back: not a library's own kind of container."""
        module = str(asked_of(cls, "__module__"))
        return module in _PLAIN or self._users(module) or _is_followed(module, "")

    def _follow_mapping(self, thing: dict[Any, Any], path: str) -> None:
        what = _WORDS.get(path.rpartition(".")[2], "item")
        self._add(Mapping(thing, path, what, self._spelt))
        self._follow_attributes(thing, path)

    def _follow_series(self, thing: Any, path: str) -> None:
        self._add(Series(thing, path))
        self._follow_attributes(thing, path)

    def _follow_set(self, thing: set[Any], path: str) -> None:
        self._add(Collection(thing, path))

    def _follow_tuple(self, thing: tuple[Any, ...], path: str) -> None:
        for number, each in enumerate(tuple.__iter__(thing)):
            self._later(each, f"{path}[{number}]")

    def _follow_buffer(self, thing: Any, path: str) -> None:
        self._add(Buffer(thing, path))

    def _follow_cell(self, thing: CellType, path: str) -> None:
        self._add(Closed(thing, path, "closure variable"))

    def _follow_function(self, thing: FunctionType, path: str) -> None:
        code = thing.__code__
        own = f"{thing.__module__}.{thing.__qualname__}"
        for name, cell in zip(code.co_freevars, thing.__closure__ or (), strict=True):
            if id(cell) not in self._known:
                self._known.add(id(cell))
                self._add(Closed(cell, f"{name}` of `{own}", "closure variable"))
        if not self._users(thing.__module__ or ""):
            return
        self._librarys = False
        if thing.__defaults__ or thing.__kwdefaults__:
            self._add(Defaults(thing, own))
        self._follow_namespace(thing, vars(thing), own, "attribute of function")

    def _follow_method(self, thing: MethodType, path: str) -> None:
        self._later(thing.__self__, f"{path}.__self__")
        self._later(thing.__func__, path)

    def _follow_partial(self, thing: functools.partial[Any], path: str) -> None:
        for each in (thing.func, thing.args, thing.keywords):
            self._later(each, path)

    def _follow_cache(self, thing: Any, path: str) -> None:
        function = thing.__wrapped__
        name = attribute_of(function, "__qualname__")
        own = f"{function.__module__}.{name}" if name else path
        # What it holds is gone when it is put back, and is not followed.
        cell = Cached(thing, own, _cached)
        cell.librarys = not self._users(str(function.__module__))
        self.cells.append(cell)
        self._later(function, own)

    def _follow_variable(self, thing: ContextVar[Any], path: str) -> None:
        try:
            default = Context().run(thing.get)
        except LookupError:
            return
        self._kind = "context variable"
        self._add(Seen(lambda: {"get": thing.get()}, path, self._kind))
        self._later(default, path)

    def _follow_local(self, thing: Any, path: str) -> None:
        # A subclass makes itself anew in each thread that looks.
        if type(thing) is threading.local:
            self._add(Seen(lambda: dict(thing.__dict__), path, "thread-local"))

    def _follow_class(self, thing: type, path: str) -> None:
        if self._users(asked_of(thing, "__module__")):
            own = f"{asked_of(thing, '__module__')}.{asked_of(thing, '__qualname__')}"
            self._follow_namespace(thing, namespace_of(thing), own, "class attribute")

    def _follow_instance(self, thing: Any, path: str) -> None:
        cls = type(thing)
        module, name = str(asked_of(cls, "__module__")), str(asked_of(cls, "__qualname__"))
        if module in _LOCKING:
            self._follow_locking(thing, path)
        elif module == "jinja2.environment" and "globals" in (namespace_of(thing) or {}):
            self._later(thing.globals, f"{path}.globals")
            self._later(thing.filters, f"{path}.filters")
            self._later(thing.tests, f"{path}.tests")
        elif self._users(module):
            # What only a closure of a library's holds, such as a view that is kept.
            own = f"{module}.{name}" if "` of `" in path else path
            self._librarys = False
            self._follow_attributes(thing, own)
            slots = Slots(thing, own, "instance attribute")
            if slots.content():
                self._add(slots)
        elif _is_followed(module, name):
            if module.startswith(_CACHES):
                self._kind, path = "cache", f"{module}.{name}"
            self._follow_attributes(thing, path, librarys=True)

    def _follow_attributes(self, thing: Any, path: str, *, librarys: bool = False) -> None:
        space = namespace_of(thing)
        if type(space) is dict and id(space) not in self._known:
            what = "instance attribute"
            self._follow_namespace(thing, space, path, what, librarys=librarys)

    def _watch_librarys(self, module: ModuleType, path: str) -> None:
        """Look at what a module has of libraries, for attributes that the program may have set there.

        What else is in them is their own, and nothing of it is put back. Who sets attributes of Python's
        own objects is not to be expected.
        """
        for name, thing in list(vars(module).items()):
            if self._is_librarys(thing):
                self._watch(thing, f"{path}.{name}")

    def _is_librarys(self, thing: Any) -> bool:
        """Whether something is an object of a library's that is not followed."""
        top = str(asked_of(type(thing), "__module__")).partition(".")[0]
        if top in sys.stdlib_module_names or top in _OWN_AFFAIR or issubclass(type(thing), OTHERS):
            return False
        return not issubclass(type(thing), threading.local) and not is_proxy(thing)

    def _watch(self, thing: Any, path: str) -> None:
        space = namespace_of(thing)
        if type(space) is dict and id(space) not in self._known:
            self._known.add(id(space))
            cell = Seen(partial(dict, space), path, "instance attribute")
            cell.librarys = True
            self.cells.append(cell)

    def _follow_namespace(
        self, owner: Any, space: dict[str, Any], path: str, what: str, *, librarys: bool = False
    ) -> None:
        self._known.update((id(owner), id(space)))
        cell = Namespace(owner, space, path, what, self._users)
        cell.librarys = librarys
        self._add(cell)

    def _follow_locking(self, thing: Any, path: str) -> None:
        """Note a condition, an event, a queue: whoever waits there must not be put back."""
        space = namespace_of(thing)
        if type(space) is dict:
            cell = Namespace(thing, space, path, "instance attribute")
            self.locking.append((thing, cell))
            for part in cell.parts():
                if str(asked_of(type(part.value), "__module__")) in _LOCKING:
                    self._later(part.value, cell.named(part.key))
            # Who puts things into a queue has a pool of them: each is followed, the queue is not.
            for each in _waiting_in(space.get("queue")):
                self._later(each, f"{path}.queue")

    def _note_generator(self, thing: GeneratorType[Any, Any, Any], path: str) -> None:
        self._moving.append((path, thing, _position, _position(thing)))

    def _note_count(self, thing: count[int], path: str) -> None:
        self._moving.append((path, thing, repr, repr(thing)))


# A container in one of these is told by its name: that it is kept there is what matters.
_TELLING = ("default argument", "context variable")
_WORDS = {"config": "app config", "globals": "template global"}
_WAYS: tuple[tuple[Any, Callable[[State, Any, str], None]], ...] = (
    (dict, State._follow_mapping),
    ((list, deque, bytearray), State._follow_series),
    (set, State._follow_set),
    (tuple, State._follow_tuple),
    (FunctionType, State._follow_function),
    (MethodType, State._follow_method),
    (functools.partial, State._follow_partial),
    (_CACHE, State._follow_cache),
    (CellType, State._follow_cell),
    (ContextVar, State._follow_variable),
    (threading.local, State._follow_local),
    (type, State._follow_class),
    ((io.StringIO, io.BytesIO), State._follow_buffer),
    (GeneratorType, State._note_generator),
    (count, State._note_count),
)


def _waiting_in(queue: Any) -> list[Any]:
    kind = next((kind for kind in (deque, list) if type(queue) is kind), None)
    return list(kind.__iter__(queue)) if kind is not None else []


def users_modules(is_users: Callable[[str], bool]) -> dict[str, ModuleType]:
    """Return the imported modules whose files are the user's, by name.

    Args:
        is_users: whether a file is.
    """
    found = {}
    for name, module in list(sys.modules.items()):
        if issubclass(type(module), ModuleType):
            file = object.__getattribute__(module, "__dict__").get("__file__")
            if type(file) is str and is_users(file):
                found[name] = module
    return found


def _is_followed(module: str, name: str) -> bool:
    followed = any(module == each or module.startswith(f"{each}.") for each in _FOLLOWED)
    return followed and f"{module}.{name}" not in _NOT_FOLLOWED


def _position(generator: GeneratorType[Any, Any, Any]) -> object:
    frame = generator.gi_frame
    return None if frame is None else frame.f_lasti


def _cached(function: Any) -> list[Any]:
    """Return the results and arguments that a cache holds, by way of the garbage collector.

    That tells everything to which the cache refers: the function and its names are not its results.
    """
    own = namespace_of(function)
    referred = (each for each in gc.get_referents(function) if each is not own)
    apart = (*OTHERS, _CACHE)
    found = [
        each for each in referred if not issubclass(type(each), apart) and type(each) is not object
    ]
    # Without a limit all is in one dictionary, which stays the same.
    unlimited = function.cache_parameters()["maxsize"] is None
    entered = (entries(each) if unlimited and type(each) is dict else [each] for each in found)
    return [*chain.from_iterable(entered)]
