"""The call of a hand-over, changed so that it carries values along."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import libcst as cst

from pytest_flaskctx.repairs import reasons
from pytest_flaskctx.repairs.carriers import Change
from pytest_flaskctx.repairs.layout import appended, inserted
from pytest_flaskctx.repairs.modules import Module, last_name, walk
from pytest_flaskctx.repairs.offers import Offer, arguments, given_tuple, is_started, keywords
from pytest_flaskctx.repairs.outcome import RefusedError


class Passed(NamedTuple):
    """One value on its way.

    Attributes:
        parameter: what the task calls it.
        local: what the view calls it.
    """

    parameter: str
    local: str


def change_call(
    module: Module, offer: Offer, passed: Sequence[Passed], wanted: int | None, partial: str
) -> tuple[cst.CSTNode, Change] | None:
    """Return which node of a hand-over is to be changed, and how.

    Args:
        module: where it stands.
        offer: how the task is named there.
        passed: the values.
        wanted: how many positional arguments the task takes before them; ``None`` where they
            can only be passed by keyword.
        partial: how to call :func:`functools.partial` there.

    Returns:
        ``None`` where nothing is to be changed.

    Raises:
        RefusedError: where the call cannot carry more.
    """
    positional = wanted is not None and _given(offer) == wanted
    if offer.way == "closure":
        return None
    if offer.way == "pair":
        return offer.call, _pair(module, offer, passed, positional=positional)
    if needs_partial(offer, wanted):
        return offer.function, lambda node: _wrapped(node, passed, partial)
    words = offer.way == "words" or not positional
    return offer.call, lambda node: _extended(node, passed, by_keyword=words)


def needs_partial(offer: Offer, wanted: int | None) -> bool:
    """Whether the function has to be wrapped by a ``partial``."""
    unable = offer.way == "tail" and not offer.by_keyword and _given(offer) != wanted
    return offer.way == "wrap" or unable


def splats(offer: Offer) -> bool:
    """Whether a call gives its task keywords that are not written out there."""
    held = keywords(offer.call) if offer.way == "pair" else None
    if held is not None and isinstance(held.value, cst.Dict):
        return any(isinstance(each, cst.StarredDictElement) for each in held.value.elements)
    given = held.value.args if held and isinstance(held.value, cst.Call) else offer.call.args
    return any(arg.star == "**" for arg in given)


def given_words(call: cst.Call) -> set[str]:
    """Return every keyword within a call, and every key: the task may be given it."""
    found = set()
    for node in walk(call):
        match node:
            case cst.Arg(keyword=cst.Name(word)):
                found.add(word)
            case cst.DictElement(key=cst.SimpleString() as key):
                found.add(str(key.evaluated_value))
    return found


def _given(offer: Offer) -> int | None:
    """Return how many arguments the task is given, ``None`` where they cannot be counted."""
    if offer.way == "pair":
        return _given_in_pair(offer)
    args = offer.call.args[offer.first :]
    return None if any(arg.star or arg.keyword for arg in args) else len(args)


def _given_in_pair(offer: Offer) -> int | None:
    if keywords(offer.call) is not None:
        return None
    if arguments(offer.call) is None:
        return 0
    values = given_tuple(offer.call)
    if values is None or any(isinstance(each, cst.StarredElement) for each in values.elements):
        return None
    return len(values.elements) - offer.first


def _extended(node: cst.CSTNode, passed: Sequence[Passed], *, by_keyword: bool) -> cst.CSTNode:
    call = cst.ensure_type(node, cst.Call)
    args = list(call.args)
    for each in passed:
        new = _word(each.parameter, cst.Name(each.local)) if by_keyword else _arg(each.local)
        args = appended(args, new, call.whitespace_before_args)
    return call.with_changes(args=args)


def _wrapped(node: cst.CSTNode, passed: Sequence[Passed], partial: str) -> cst.CSTNode:
    function = cst.Arg(node)  # type: ignore[arg-type]  # it is the argument that stood there
    words = [_word(each.parameter, cst.Name(each.local)) for each in passed]
    return cst.Call(cst.parse_expression(partial), args=[function, *words])


def _pair(module: Module, offer: Offer, passed: Sequence[Passed], *, positional: bool) -> Change:
    call = offer.call
    held = arguments(call) if positional else keywords(call)
    if held is not None and not _can_hold(held.value):
        raise RefusedError(reasons.ARGUMENTS.format(module.short(call)))
    index = next((i for i, arg in enumerate(call.args) if arg is held), None)
    at = _place_for(offer, positional=positional)

    def change(node: cst.CSTNode) -> cst.CSTNode:
        changed = cst.ensure_type(node, cst.Call)
        args = list(changed.args)
        if index is not None:
            value = _with_values(args[index].value, passed)
            args[index] = args[index].with_changes(value=value)
            return changed.with_changes(args=args)
        new = _first_values(changed, passed, positional=positional)
        return changed.with_changes(args=inserted(args, at, new, changed.whitespace_before_args))

    return change


def _place_for(offer: Offer, *, positional: bool) -> int:
    """Return where the arguments go that are the first of their kind: behind what they follow."""
    held = arguments(offer.call)
    for index, arg in enumerate(offer.call.args):
        if arg is held or (arg.value is offer.function and (positional or held is None)):
            return index + 1 if not _behind(offer.call, index) else len(offer.call.args)
    return len(offer.call.args)


def _behind(call: cst.Call, index: int) -> bool:
    """Whether positional arguments follow, before which no keyword may stand."""
    return any(not arg.keyword for arg in call.args[index + 1 :])


def _can_hold(value: cst.BaseExpression) -> bool:
    if isinstance(value, cst.Call):
        return last_name(value.func) == "dict" and not any(not a.keyword for a in value.args)
    return isinstance(value, cst.Tuple | cst.List | cst.Dict)


def _with_values(value: cst.BaseExpression, passed: Sequence[Passed]) -> cst.BaseExpression:
    for each in passed:
        name = cst.Name(each.local)
        if isinstance(value, cst.Tuple | cst.List):
            value = _longer(value, cst.Element(name))
        elif isinstance(value, cst.Dict):
            pair = cst.DictElement(cst.SimpleString(f'"{each.parameter}"'), name)
            opening = value.lbrace.whitespace_after
            value = value.with_changes(elements=appended(value.elements, pair, opening))
        else:
            call, word = cst.ensure_type(value, cst.Call), _word(each.parameter, name)
            args = appended(call.args, word, call.whitespace_before_args)
            value = call.with_changes(args=args)
    return value


def _longer(value: cst.Tuple | cst.List, new: cst.Element) -> cst.Tuple | cst.List:
    if isinstance(value, cst.List):
        opening = value.lbracket.whitespace_after
    else:
        opening = value.lpar[0].whitespace_after if value.lpar else cst.SimpleWhitespace("")
    elements = appended(value.elements, new, opening)
    if isinstance(value, cst.Tuple) and len(elements) == 1:
        elements = [elements[0].with_changes(comma=_bare_comma())]
    return value.with_changes(elements=elements)


def _first_values(call: cst.Call, passed: Sequence[Passed], *, positional: bool) -> cst.Arg:
    names = [each.local for each in passed]
    if positional:
        comma = _bare_comma() if len(names) == 1 else cst.MaybeSentinel.DEFAULT
        elements = [cst.Element(cst.Name(name)) for name in names]
        given = cst.Tuple([*elements[:-1], elements[-1].with_changes(comma=comma)])
        alone = len(call.args) == 1 and not call.args[0].keyword and not is_started(call)
        return cst.Arg(given) if alone and last_name(call.func) != "Timer" else _word("args", given)
    word = "kwds" if last_name(call.func).startswith("apply") else "kwargs"
    pairs = [
        cst.DictElement(cst.SimpleString(f'"{each.parameter}"'), cst.Name(each.local))
        for each in passed
    ]
    return _word(word, cst.Dict(pairs))


def _bare_comma() -> cst.Comma:
    return cst.Comma(whitespace_after=cst.SimpleWhitespace(""))


def _arg(name: str) -> cst.Arg:
    return cst.Arg(cst.Name(name))


def _word(name: str, value: cst.BaseExpression) -> cst.Arg:
    none = cst.SimpleWhitespace("")
    return cst.Arg(
        value,
        keyword=cst.Name(name),
        equal=cst.AssignEqual(whitespace_before=none, whitespace_after=none),
    )
