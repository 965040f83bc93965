"""The call that hands a task over: by which of its arguments, and how one more gets along.

An offer is one expression by which the call may name its task, with the way to pass a value on.
The call is read by its form alone; that the task is the one which ran, the finding has proved.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal, NamedTuple

import libcst as cst

from pytest_flaskctx.facts import OriginKind
from pytest_flaskctx.repairs.carriers import (
    Change,
    without_argument,
    without_target,
    without_wrapper,
)
from pytest_flaskctx.repairs.modules import Function, Module, last_name
from pytest_flaskctx.repairs.proxies import qualified

POOL_MAPS = {"map", "map_async", "imap", "imap_unordered", "starmap", "starmap_async"}
APPLIES = {"apply", "apply_async"}
CALLBACKS = {"callback", "error_callback"}
STARTED = {"thread", "timer", "process"}
"""Kinds of which one call makes what another one starts."""

TAILS: dict[str, dict[OriginKind, int]] = {
    "submit": {"submit": 0},
    "to_thread": {"to_thread": 0},
    "run_in_executor": {"run_in_executor": 1},
    "spawn": {"greenlet": 0},
    "spawn_later": {"greenlet": 1},
}
"""Calls that pass on what follows the function, and where that stands."""

Way = Literal["tail", "pair", "wrap", "words", "direct", "closure"]


class Offer(NamedTuple):
    """One expression by which a call may name its task.

    Attributes:
        function: that expression.
        call: the call to be changed.
        way: how a value gets along: ``tail``, after the function among the arguments; ``pair``, in
            a tuple and a dictionary of arguments; ``wrap``, by a ``partial`` around the function;
            ``words``, as a keyword of the ``partial`` that is there; ``direct``, as an argument of
            a lambda's call; ``closure``, by its name.
        first: where the arguments for the function begin, in the call or its tuple.
        by_keyword: whether keywords are passed on too.
        carried: how the call loses the context that it lets go along, where it does.
    """

    function: cst.BaseExpression
    call: cst.Call
    way: Way
    first: int = 0
    by_keyword: bool = True
    carried: tuple[tuple[cst.CSTNode, Change], ...] = ()


def offers(module: Module, call: cst.Call, kind: OriginKind) -> Iterator[Offer]:
    """Yield every expression by which a call may name its task.

    Args:
        module: where the call stands.
        call: the call; for what is started later, the one that makes the thread.
        kind: by which mechanism it hands over.
    """
    name = last_name(call.func)
    if kind in STARTED:
        offered = _of_thread(call, 1 if name == "Timer" else 0)
    elif kind in TAILS.get(name, {}):
        offered = _tail(call, TAILS[name][kind], by_keyword=name != "run_in_executor")
    elif kind in ("threadpool", "processpool", "map", "greenlet", "callback"):
        offered = _of_pool(call, name)
    else:
        offered = iter(())
    for each in offered:
        yield from _unwrapped(module, each)


def _tail(call: cst.Call, index: int, *, by_keyword: bool) -> Iterator[Offer]:
    if len(call.args) > index and not any(a.star or a.keyword for a in call.args[: index + 1]):
        yield Offer(call.args[index].value, call, "tail", index + 1, by_keyword)


def _of_thread(call: cst.Call, index: int) -> Iterator[Offer]:
    for position, arg in enumerate(call.args):
        plain = not arg.keyword and not arg.star
        named = last_name(arg.keyword or arg) in ("target", "function")
        if named or (plain and position == index > 0):
            yield Offer(arg.value, call, "pair")


def _of_pool(call: cst.Call, name: str) -> Iterator[Offer]:
    maps = name in POOL_MAPS or name == "add_done_callback"
    if call.args and not call.args[0].star and not call.args[0].keyword:
        if name in APPLIES:
            yield Offer(call.args[0].value, call, "pair")
        elif maps:
            yield Offer(call.args[0].value, call, "wrap")
    if name in APPLIES | POOL_MAPS:
        for arg in call.args:
            if arg.keyword is not None and arg.keyword.value in CALLBACKS:
                yield Offer(arg.value, call, "wrap")


def _unwrapped(module: Module, offer: Offer) -> Iterator[Offer]:
    """Yield an offer, or what its expression wraps."""
    match offer.function:
        case cst.Call(func=func, args=[cst.Arg(value=inner, star=""), *_]) as made:
            name = qualified(module, func) or last_name(func)
            if name in ("functools.partial", "partial"):
                within = Offer(inner, made, "words", 1, carried=offer.carried)
                yield from _unwrapped(module, within)
            elif name.endswith("copy_current_request_context") and len(made.args) == 1:
                carried = (*offer.carried, without_wrapper(made))
                yield from _unwrapped(module, offer._replace(function=inner, carried=carried))
        case cst.Attribute(value=cst.Call(func=func), attr=cst.Name("run")) if (
            last_name(func) == "copy_context"
        ):
            yield from _run_in_context(module, offer)
        case cst.Lambda(body=cst.Call() as inner):
            yield offer._replace(way="closure")
            yield Offer(inner.func, inner, "direct")
        case cst.Lambda():
            yield offer._replace(way="closure")
        case _:
            yield offer


def _run_in_context(module: Module, offer: Offer) -> Iterator[Offer]:
    """``copy_context().run, work``: the function is the next argument."""
    given = list(offer.call.args)
    if offer.way == "pair":
        values = given_tuple(offer.call)
        if values is None or not values.elements or offer.first:
            return
        inner = values.elements[0]
        if isinstance(inner, cst.Element):
            at = [index for index, arg in enumerate(given) if arg.value in (offer.function, values)]
            carried = (*offer.carried, without_target(offer.call, *at))
            further = offer._replace(function=inner.value, first=1, carried=carried)
            yield from _unwrapped(module, further)
    elif offer.way in ("tail", "words"):
        for arg in given[offer.first : offer.first + 1]:
            if not arg.star and not arg.keyword:
                lost = without_argument(offer.call, offer.first - 1)
                further = offer._replace(
                    function=arg.value, first=offer.first + 1, carried=(*offer.carried, lost)
                )
                yield from _unwrapped(module, further)


def arguments(call: cst.Call) -> cst.Arg | None:
    """Return the argument that holds the task's positional arguments."""
    return _either(call, ("args",), 2 if last_name(call.func) == "Timer" else 1)


def keywords(call: cst.Call) -> cst.Arg | None:
    """Return the argument that holds the task's keyword arguments."""
    return _either(call, ("kwds", "kwargs"), 3 if last_name(call.func) == "Timer" else 2)


def _either(call: cst.Call, names: tuple[str, ...], index: int) -> cst.Arg | None:
    for position, arg in enumerate(call.args):
        if last_name(arg.keyword or arg) in names:
            return arg
        positional = not arg.keyword and not arg.star
        if positional and position == index and not is_started(call):
            return arg
    return None


def is_started(call: cst.Call) -> bool:
    """Whether a call makes a ``Thread`` or ``Process``, whose second argument is the function."""
    return last_name(call.func) in ("Thread", "Process")


def given_tuple(call: cst.Call) -> cst.Tuple | cst.List | None:
    """Return the tuple or list of a task's arguments, where it is written out."""
    arg = arguments(call)
    return arg.value if arg is not None and isinstance(arg.value, cst.Tuple | cst.List) else None


def names(offer: Offer, function: Function) -> bool:
    """Whether an offer's expression names a function, given that it ran there."""
    if offer.function is function:
        return True
    return (
        isinstance(function, cst.FunctionDef) and last_name(offer.function) == function.name.value
    )
