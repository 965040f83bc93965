"""Whether a run shows that participants are not isolated from each other."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from traceback import walk_tb
from typing import Any, Literal, NamedTuple

from pytest_flaskctx.isolation.runs import Run
from pytest_flaskctx.isolation.serial import Orders, part_of
from pytest_flaskctx.isolation.texts import shapes
from pytest_flaskctx.isolation.tokens import Tokens
from pytest_flaskctx.isolation.visits import Got, said

Shared = str | re.Pattern[str] | Callable[[str], str]
Kind = Literal["token", "failure", "expect", "serial"]

_STEP = re.compile(r"\.([^\W\d][\w-]*)|\['([^']+)'\]|\[(\d+|\*)\]")
_PATH = re.compile(rf"\$(?:{_STEP.pattern})+")


class Evidence(NamedTuple):
    """What shows that a run bled.

    Attributes:
        kind: ``token`` where one got another's token, ``failure`` where a visit failed as none does in
            serial, ``expect`` where the user's own check fails, ``serial`` where no order of whole
            requests has that outcome.
        who: the participant that shows it.
        whose: the one whose token it is; ``None`` where no token is, or an earlier visitor's.
        where: what of what it got, such as ``the body of GET /profile (endpoint 'profile')``.
        how: in which way the token is packed there; empty for none.
        detail: what else there is to say.
        when: how many steps had been taken when the request began that brought a token, and when it was
            complete: what came later did not bring it. ``None`` where that is not known.
    """

    kind: Kind
    who: int
    whose: int | None
    where: str
    how: str = ""
    detail: str = ""
    when: tuple[int, int] | None = None


def foreign_tokens(run: Run, tokens: Tokens, shared: Sequence[Shared]) -> Iterator[Evidence]:
    """Yield each case of one participant's having got another's token, or an earlier one's.

    Args:
        run: the run.
        tokens: all tokens so far.
        shared: what all may see of each other.
    """
    known = {visitor.token: number for number, visitor in enumerate(run.visitors)}
    for number, (visitor, outcome) in enumerate(zip(run.visitors, run.outcomes, strict=True)):
        for got in visitor.got(outcome.error):
            for how, shape in shapes(without(got, shared)):
                foreign = tokens.found_in(shape) - {visitor.token}
                if foreign:
                    # Of several, one of the same run can be told and replayed.
                    whose = min(known.get(each, len(known)) for each in foreign)
                    other = whose if whose < len(known) else None
                    yield Evidence("token", number, other, str(got), how, when=got.when)


def failures(run: Run, known: Iterable[str]) -> Iterator[Evidence]:
    """Yield each visit that failed as none did in serial.

    A database that says that it is locked has been made to wait by the parked participant: that is
    blocking, and no fault.

    Args:
        run: the run.
        known: the ways in which visits failed there.
    """
    allowed = {"", *known}
    for number, failed in enumerate(run.failures()):
        raised = (run.outcomes[number].error, *run.unhandled)
        locked = any(error is not None and "is locked" in said(error) for error in raised)
        if failed not in allowed and not locked:
            yield Evidence("failure", number, None, _failing(run, number, failed))


def _failing(run: Run, who: int, failed: str) -> str:
    """Return in which way a visit failed, with where its error was raised unless that is told as a step."""
    steps = {id(point.code) for point in run.points}
    error = run.outcomes[who].error
    if error is not None:
        raised = _raised(error, steps)
        return f"{failed} ({raised})" if raised else failed
    # What the application answered by 500 and did not raise.
    named = (f"{type(each).__name__} {_raised(each, steps)}".rstrip() for each in run.unhandled)
    told = ", ".join(dict.fromkeys(named))
    return f"status {failed} ({told})" if told else f"status {failed}"


def _raised(error: BaseException, steps: Container[int]) -> str:
    """Return which function raised an error; nothing of what it says, which may be of a request."""
    frames = [frame for frame, _ in walk_tb(error.__traceback__)]
    if not frames or id(frames[-1].f_code) in steps:
        return ""
    return f"raised by {frames[-1].f_globals.get('__name__')}.{frames[-1].f_code.co_qualname}"


def unexpected(run: Run, expect: Callable[[Any, str], object]) -> Iterator[Evidence]:
    """Yield each participant whose result is not what the user says that it must be.

    Args:
        run: the run.
        expect: takes what a visit returned and its token; returns ``False`` or raises
            ``AssertionError`` where it is not.
    """
    for number, (visitor, outcome) in enumerate(zip(run.visitors, run.outcomes, strict=True)):
        if outcome.error is None:
            try:
                held = expect(visitor.value, visitor.token) is not False
            except AssertionError as error:
                held, detail = False, said(error)
            else:
                detail = ""
            if not held:
                yield Evidence("expect", number, None, "what the visit returned", detail=detail)


def no_order(run: Run, orders: Orders) -> Iterator[Evidence]:
    """Yield the first field in which a run is like no serial order.

    Args:
        run: the run.
        orders: what they came to.
    """
    field = orders.differing(run)
    if field is not None:
        who = field[0]
        assert isinstance(who, int)
        yield Evidence("serial", who, None, part_of(run, field))


def without(got: Got, shared: Sequence[Shared]) -> bytes:
    """Return what a participant got, less what all may see.

    Args:
        got: what it got.
        shared: a regular expression, a JSON path that begins with ``$``, or a function that takes a
            text and returns it without what may be seen.
    """
    if not shared:
        return got.text
    text = got.text.decode(errors="surrogateescape")
    for each in shared:
        if isinstance(each, str) and each.startswith("$"):
            text = _without_path(text, each)
        elif isinstance(each, (str, re.Pattern)):
            text = re.sub(each, "", text)
        else:
            text = str(each(text))
    return text.encode(errors="surrogateescape")


def steps_of(path: str) -> list[str]:
    """Return the steps of a JSON path: ``$.board[0].names[*]``, ``$['a key']``.

    Raises:
        ValueError: it is no such path, or has no step.
    """
    if not _PATH.fullmatch(path):
        raise ValueError(f"{path!r} is not of the form $.name[0][*]['a key']")
    return [name or key or number for name, key, number in _STEP.findall(path)]


def _without_path(text: str, path: str) -> str:
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    _drop(value, steps_of(path))
    return json.dumps(value)


def _drop(value: Any, steps: Sequence[str]) -> None:
    first, *rest = steps
    for key in _keys(value, first):
        if rest:
            _drop(value[key], rest)
        else:
            value[key] = None


def _keys(value: Any, step: str) -> list[Any]:
    if isinstance(value, dict):
        return [*value] if step == "*" else [step] if step in value else []
    if isinstance(value, list) and step == "*":
        return list(range(len(value)))
    return (
        [int(step)] if isinstance(value, list) and step.isdigit() and int(step) < len(value) else []
    )
