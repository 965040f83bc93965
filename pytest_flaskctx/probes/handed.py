"""Proxies, and real objects behind them, that are handed to a task: FCX103's and FCX206's facts.

A proxy in a closure, or among the attributes of an object whose method is handed over, may be no
more than a name in scope, as those of a module are. Only what was given to the task counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dis import get_instructions
from functools import lru_cache, partial
from inspect import CO_VARARGS, CO_VARKEYWORDS, getattr_static
from itertools import pairwise
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, cast

from pytest_flaskctx.board import board
from pytest_flaskctx.contexts import request_variables
from pytest_flaskctx.probes import outliving
from pytest_flaskctx.probes.payload import Piece, kept
from pytest_flaskctx.records import record_of
from pytest_flaskctx.stacks import RawStack
from pytest_flaskctx.tasks import RequestRecord, Task
from pytest_flaskctx.threadstate import ThreadState
from pytest_flaskctx.unasked import asked_of

if TYPE_CHECKING:
    from pytest_flaskctx.facts import IncidentKind
    from pytest_flaskctx.recorder import Recorder

_WRAPPERS = 4
THREADS = ("thread", "timer")
"""What is started has attributes of its own: any other object lives as long as it likes."""


def proxies(
    task: Task, thread: ThreadState, pieces: Sequence[Piece], given: Sequence[object]
) -> None:
    """Note the proxies that were given to ``task``, unless its request's context goes along.

    Args:
        task: the task.
        thread: the thread that hands it over.
        pieces: what goes along with it.
        given: all that is handed over: functions, and what they are called with.
    """
    request = task.request
    if request is None or (board.inherits and task.kind in THREADS):
        return
    found = [piece for piece in pieces if piece.sort == "proxy" and _is_given(piece, task)]
    # In a copy of the request's context its proxies mean what they meant there.
    if found and not any(_carries(piece, request) for piece in (*pieces, *kept(given, thread))):
        _note("proxy-handed-over", task, _words(_once(found)))


def objects(
    task: Task, thread: ThreadState, pieces: Sequence[Piece], given: Sequence[object]
) -> None:
    """Note the real objects that were given to ``task``, should it outlive its request.

    Args:
        task: the task.
        thread: the thread that hands it over.
        pieces: what goes along with it.
        given: all that is handed over: functions, and what they are called with.
    """
    words = _words(piece for piece in pieces if piece.sort == "object")
    if words:
        outliving.when_outlived(task, thread, given, partial(_note, "escaped-object", task, words))


def _once(pieces: Iterable[Piece]) -> Iterable[Piece]:
    """Return ``pieces`` with each thing once, by the first way on which it goes along."""
    first: dict[int, Piece] = {}
    for piece in pieces:
        first.setdefault(id(piece.thing), piece)
    return first.values()


def _words(pieces: Iterable[Piece]) -> tuple[str, ...]:
    return tuple(word for piece in pieces for word in (piece.name, piece.how))


def _note(kind: IncidentKind, task: Task, words: tuple[str, ...]) -> None:
    # What hands over to a monitor has no other workload.
    recorder = cast("Recorder", task.recorder)
    recorder.note(kind, task.raw, proxy=words[0], task=task, thread=task.thread, words=words)


def _carries(piece: Piece, request: RequestRecord) -> bool:
    """Whether ``piece`` is a context of ``request``, or a set of variables with one in it."""
    if piece.sort == "context":
        return _belongs(piece.thing, request)
    return piece.sort == "variables" and any(
        _belongs(piece.thing.get(variable), request) for variable in request_variables
    )


def _belongs(context: Any, request: RequestRecord) -> bool:
    record = record_of(context)
    return record is not None and record.request is request


def _is_given(piece: Piece, task: Task) -> bool:
    """Whether a proxy was given to ``task``, and not only its name is known to the function."""
    if piece.function is not None:
        return _is_given_to(piece.function, str(piece.part), piece.name, task.raw)
    if piece.way == "attribute" and str(piece.part).strip("_") == piece.name:
        # A service that lives as long as the app may keep `self.request`, as a module does.
        return task.kind in THREADS
    return True


def _is_given_to(function: FunctionType, name: str, proxy: str, raw: RawStack) -> bool:
    """Whether ``name`` in the closure of ``function`` was made for this hand-over.

    A parameter of a function around was, and so was a new name in one that is running. What such a
    function imported is a name in scope, and so is what one left behind that is over: a factory.
    """
    running = [code for code, _ in raw if _is_around(code, function.__code__, name)]
    around = running or [
        code for code in _written_around(function) if _is_around(code, function.__code__, name)
    ]
    if not around:
        return name != proxy
    outer = around[0]
    if name in _parameters(outer):
        return True
    return bool(running) and name != proxy and name not in _imported(outer)


def _parameters(code: CodeType) -> tuple[str, ...]:
    several = bool(code.co_flags & CO_VARARGS) + bool(code.co_flags & CO_VARKEYWORDS)
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount + several]


@lru_cache(maxsize=64)
def _imported(code: CodeType) -> frozenset[str]:
    """Return the names that a function imports from modules for the functions inside it."""
    steps = [step for step in get_instructions(code) if step.opname != "EXTENDED_ARG"]
    return frozenset(
        store.argval
        for step, store in pairwise(steps)
        if step.opname == "IMPORT_FROM" and store.opname == "STORE_DEREF"
    )


def _is_around(outer: CodeType, code: CodeType, name: str) -> bool:
    """Whether ``code`` is that of a function inside ``outer``, which has ``name`` for it."""
    inside = code.co_qualname.startswith(f"{outer.co_qualname}.<locals>.")
    return inside and outer.co_filename == code.co_filename and name in outer.co_cellvars


def _written_around(function: FunctionType) -> Iterator[CodeType]:
    """Yield the code of the functions around ``function``, the outermost first, as far as found."""
    outermost, *inner = function.__code__.co_qualname.split(".<locals>.")
    code = _code_of(outermost, function.__globals__)
    for name in inner:
        if code is None:
            break
        yield code
        nested = (each for each in code.co_consts if isinstance(each, CodeType))
        code = next((each for each in nested if each.co_name == name), None)


def _code_of(path: str, names: Mapping[str, Any]) -> CodeType | None:
    """Return the code of the function that a module, of these ``names``, has at ``path``."""
    first, *rest = path.split(".")
    found: Any = names.get(first)
    for name in rest:
        # By its real type: what is found may be a proxy.
        found = asked_of(found, "__dict__").get(name) if issubclass(type(found), type) else None
    for _ in range(_WRAPPERS):
        if type(found) in (staticmethod, classmethod):
            found = found.__func__
        if type(found) is FunctionType and found.__code__.co_qualname == path:
            return found.__code__
        # A fixture, or what a decorator made of the function.
        found = getattr_static(found, "__wrapped__", None)
    return None
