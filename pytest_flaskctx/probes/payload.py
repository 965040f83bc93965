"""What goes along with a task: one walk over what is handed over, each thing told by its type.

A function is looked into (its closure, its defaults), and so are partials, bound methods and small
containers. Two things do not work: ``isinstance()``, which looks through a proxy and is itself an
access, and comparing by ``==``, for the same reason. So a thing is known by ``type()``, and the
proxies by their identity.

Each hand-over comes through here, and most take nothing along but plain values: they are let
through before anything is made for the walk.
"""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextvars import Context
from functools import partial
from types import BuiltinMethodType, FunctionType, MethodType
from typing import Any, Literal, NamedTuple, TypeGuard

from pytest_flaskctx.contexts import bound_app_context, bound_context, context_slots, is_context
from pytest_flaskctx.flasknames import real_objects
from pytest_flaskctx.probes.attributes import SMALL, attributes
from pytest_flaskctx.probes.cells import OPENED
from pytest_flaskctx.threadstate import ThreadState
from pytest_flaskctx.unasked import attribute_of

Sort = Literal["context", "variables", "proxy", "object"]
"""A context of Flask's, a ``contextvars.Context``, a proxy, or the real object behind one."""

_WRAPPERS = 4
_MOST = 64
"""How many things are looked at for one hand-over: closures may hold each other."""
_WORDS = {
    "function": "as its function",
    "argument": "as argument {}",
    "keyword": "as keyword `{}`",
    "cell": "in its closure, as `{}`",
    "default": "as the default of `{}`",
    "method": "by its method `{}`",
    "attribute": "as the attribute `{}`",
}
_PLAIN = frozenset(map(id, (str, int, float, bool, bytes, type(None), type)))
"""By ``id()``: what a metaclass of the user's has for a hash may raise."""
_MAPPINGS = frozenset({dict, OrderedDict, defaultdict})
_CONTAINERS = frozenset({tuple, list, *_MAPPINGS})
_EMPTY: Mapping[str, object] = {}
_NO_OBJECTS = (None, None, None)

_proxies: dict[int, tuple[str, Any]] = {}
"""The proxies that are bound to contexts, by ``id()``: each one's name, and itself."""

_knowing: list[tuple[str, Any]] = []
"""What :func:`know` was told, as often as it was: two monitors may know one proxy."""


def know(proxy: Any, name: str) -> Callable[[], None]:
    """Know ``proxy`` when it is handed over; return what forgets it."""
    known = (name, proxy)
    _knowing.append(known)
    _renew()

    def forget() -> None:
        # By identity: a proxy would be asked whether it is equal.
        place = next(place for place, each in enumerate(_knowing) if each is known)
        del _knowing[place]
        _renew()

    return forget


def _renew() -> None:
    _proxies.clear()
    _proxies.update((id(each[1]), each) for each in _knowing)


class Piece(NamedTuple):
    """One thing of interest, and how it goes along.

    Attributes:
        sort: what it is.
        name: of a proxy or a real object, the proxy's; else empty.
        thing: itself; not to be kept.
        way: how it goes along, a key of the words.
        part: the place or name under which it does.
        function: of a closure, its function.
    """

    sort: Sort
    name: str
    thing: Any
    way: str
    part: object
    function: Any = None

    @property
    def how(self) -> str:
        """How it goes along, in words."""
        part = self.part
        # A keyword may be of a class of the user's, which has ways of its own to be shown.
        return _WORDS[self.way].format(str.__str__(part) if issubclass(type(part), str) else part)


def carried(
    functions: Sequence[object],
    args: Sequence[object],
    kwargs: Mapping[str, object],
    thread: ThreadState,
    more: int | None = 0,
) -> Sequence[Piece]:
    """Return what of interest goes along with a task, each thing once, a proxy each time.

    Args:
        functions: what is handed over.
        args: what it is called with.
        kwargs: likewise, by name.
        thread: the thread that hands over.
        more: how many arguments it is called with besides; ``None`` where that is not known.
    """
    walk = None
    for number, thing in enumerate(args, 1):
        if id(type(thing)) not in _PLAIN:
            walk = walk or _Walk(thread)
            walk.look(thing, "argument", number, _WRAPPERS)
    for name, thing in list(kwargs.items()) if kwargs else ():
        if id(type(thing)) not in _PLAIN:
            walk = walk or _Walk(thread)
            walk.look(thing, "keyword", name, _WRAPPERS)
    for function in functions:
        if not is_bare(function):
            walk = walk or _Walk(thread)
            walk.called(function, None if more is None else len(args) + more, kwargs, _WRAPPERS)
    return walk.pieces if walk is not None else ()


def kept(things: Iterable[object], thread: ThreadState) -> Sequence[Piece]:
    """Return what goes along as :func:`carried` does, and the contexts in attributes of ``things``.

    Args:
        things: all that is handed over, functions and what they are called with.
        thread: the thread that hands over.
    """
    walk = _InnerWalk(thread)
    for thing in things:
        walk.look(thing, "argument", "", _WRAPPERS)
    return walk.pieces


def is_bare(function: object) -> TypeGuard[FunctionType]:
    """Whether ``function`` is a function that has nothing with it."""
    return (
        type(function) is FunctionType
        and function.__closure__ is None
        and function.__defaults__ is None
        and function.__kwdefaults__ is None
    )


class _Walk:
    """One walk; what it comes by is told once, but for proxies."""

    __slots__ = ("_left", "_objects", "_thread", "pieces")

    def __init__(self, thread: ThreadState) -> None:
        self.pieces: list[Piece] = []
        self._thread = thread
        self._objects: tuple[object, object, object] | None = None
        self._left = _MOST

    def look(
        self, thing: Any, way: str, part: object, depth: int, function: FunctionType | None = None
    ) -> None:
        """Look at ``thing``, and into it."""
        if self._left <= 0:
            return
        self._left -= 1
        kind = type(thing)
        if type(kind) is not type:
            self._look_behind(thing, way, part, function)
        elif kind in OPENED or issubclass(kind, partial):
            if depth:
                self.called(thing, None, _EMPTY, depth - 1)
        elif kind in _CONTAINERS:
            if depth and len(thing) <= SMALL:
                self._inside(thing, way, part, depth - 1, function)
        elif kind in context_slots:
            self._found("context", "", thing, way, part, function)
        elif kind is Context:
            self._found("variables", "", thing, way, part, function)
        else:
            self._look_behind(thing, way, part, function)

    def _look_behind(
        self, thing: Any, way: str, part: object, function: FunctionType | None
    ) -> None:
        known = _proxies.get(id(thing))
        if known is not None:
            self._found("proxy", known[0], thing, way, part, function)
            return
        if self._objects is None:
            context = self._thread.request or bound_context()
            # An async view's thread is lent the context of the one that serves the request.
            app = self._thread.app or bound_app_context()
            self._objects = real_objects(context, app) if context is not None else _NO_OBJECTS
        request, session, g = self._objects
        if thing is request:
            self._found("object", "request", thing, way, part, function)
        elif thing is session:
            self._found("object", "session", thing, way, part, function)
        elif thing is g:
            self._found("object", "g", thing, way, part, function)

    def called(
        self, function: Any, given: int | None, named: Mapping[str, object], depth: int
    ) -> None:
        """Look into ``function``.

        Args:
            function: anything.
            given: how many arguments it is called with; ``None`` where that is not known.
            named: those that it is called with by name.
            depth: how many wrappers deep to look.
        """
        kind = type(function)
        if kind is FunctionType:
            self._function(function, given, named, depth)
        elif issubclass(kind, partial):
            self._partial(function, given, named, depth)
        elif kind is MethodType:
            if not is_bare(function.__func__):
                self.called(function.__func__, None if given is None else given + 1, named, depth)
            method = attribute_of(function.__func__, "__name__")
            self._owner(function.__self__, "method", method if type(method) is str else "")
        elif kind is BuiltinMethodType:
            self.look(function.__self__, "method", function.__name__, 0)
        else:
            self._owner(function, "function", "")

    def _function(
        self, function: FunctionType, given: int | None, named: Mapping[str, object], depth: int
    ) -> None:
        cells, names = function.__closure__, function.__code__.co_freevars
        for name, cell in zip(names, cells, strict=False) if cells else ():
            try:
                thing = cell.cell_contents
            except ValueError:  # nothing was assigned yet
                continue
            if id(type(thing)) not in _PLAIN:
                self.look(thing, "cell", name, depth, function)
        if function.__defaults__ is None and function.__kwdefaults__ is None:
            return
        for name, thing in _defaults(function, given, named):
            # Of a function that something else calls it is not known which defaults count.
            if given is not None or is_context(thing):
                self.look(thing, "default", name, depth)

    def _partial(
        self, wrapper: partial[Any], given: int | None, named: Mapping[str, object], depth: int
    ) -> None:
        inner = None if given is None else given + len(wrapper.args)
        self.called(wrapper.func, inner, {**wrapper.keywords, **named}, depth)
        for number, thing in enumerate(wrapper.args, 1):
            if id(type(thing)) not in _PLAIN:
                self.look(thing, "argument", number, depth)
        for name, thing in list(wrapper.keywords.items()):
            if name not in named and id(type(thing)) not in _PLAIN:
                self.look(thing, "keyword", name, depth)

    def _inside(
        self, container: Any, way: str, part: object, depth: int, function: FunctionType | None
    ) -> None:
        # A copy: another thread may change it meanwhile.
        for each in list(container.values() if type(container) in _MAPPINGS else container):
            if id(type(each)) not in _PLAIN:
                self.look(each, way, part, depth, function)

    def _owner(self, owner: Any, way: str, part: str) -> None:
        """Look at an object that is called, or whose method is, and at its attributes."""
        before = len(self.pieces)
        self.look(owner, way, part, 0)
        if len(self.pieces) > before or issubclass(type(owner), type):
            return
        # Not into them: such an object was not made for this task alone.
        for name, thing in attributes(owner):
            if id(type(thing)) not in _PLAIN:
                self.look(thing, "attribute", name, 0)

    def _found(
        self,
        sort: Sort,
        name: str,
        thing: Any,
        way: str,
        part: object,
        function: FunctionType | None,
    ) -> None:
        # A proxy may be a name in scope first, and be given after that.
        if sort == "proxy" or not any(piece.thing is thing for piece in self.pieces):
            self.pieces.append(Piece(sort, name, thing, way, part, function))


class _InnerWalk(_Walk):
    """A walk that looks for contexts among the attributes of any object."""

    __slots__ = ()

    def _look_behind(
        self, thing: Any, way: str, part: object, function: FunctionType | None
    ) -> None:
        if id(type(thing)) in _PLAIN or id(thing) in _proxies:
            return
        for name, each in attributes(thing):
            if type(each) is Context or is_context(each):
                self.look(each, "attribute", name, 0)


def _defaults(
    function: FunctionType, given: int | None, named: Mapping[str, object]
) -> Iterator[tuple[str, object]]:
    """Yield the defaults that stand in for what ``function`` is not given."""
    code = function.__code__
    defaults = function.__defaults__ or ()
    first = code.co_argcount - len(defaults)
    for place, thing in enumerate(defaults, first):
        name = code.co_varnames[place]
        if name not in named and (given is None or place >= given):
            yield name, thing
    for name, thing in (function.__kwdefaults__ or _EMPTY).items():
        if name not in named:
            yield name, thing
