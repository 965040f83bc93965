"""The outcomes of serial orders: what any order of whole requests may come to.

Field by field, with the tokens replaced by whose they are. What differs between two equal runs (ids,
times, signatures) tells nothing and is left out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from pytest_flaskctx.isolation.policies import G
from pytest_flaskctx.isolation.runs import Run
from pytest_flaskctx.isolation.schedules import LETTERS

MOST_ORDERS = 24

Fields = dict[tuple[object, ...], object]
_WORDS = re.compile(rb"\w+|\W+")


class InOrder:
    """A policy that switches between whole requests only.

    Args:
        order: whose each request is, in turn.
    """

    def __init__(self, order: Sequence[int]) -> None:
        self._order = order
        self._next = 0

    def choose(self, all_of_them: Sequence[G], now: G | None) -> G | None:
        """Return whose request is next; whoever is in one ends it."""
        if now is not None and not now.at_request:
            return now
        while self._next < len(self._order):
            going = all_of_them[self._order[self._next]]
            if not going.ready:
                self._next += 1
                continue
            if going.at_request:
                self._next += 1
            return going
        return now or next((each for each in all_of_them if each.ready), None)


def orders(requests: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Yield the orders of whole requests, those of whole visits first; not more than a few dozen.

    Args:
        requests: how many requests each participant makes.
    """
    whole = tuple(who for who, count in enumerate(requests) for _ in range(count))
    yield whole
    yield whole[::-1]
    for order in islice(_mixed(tuple(requests)), MOST_ORDERS):
        if order not in (whole, whole[::-1]):
            yield order


def _mixed(left: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    if not any(left):
        yield ()
    for who, count in enumerate(left):
        if count:
            rest = tuple(each - (number == who) for number, each in enumerate(left))
            for order in _mixed(rest):
                yield (who, *order)


def fields(run: Run) -> Fields:
    """Return all that a run came to, field by field."""
    found: Fields = {}
    names = [
        (visitor.token.encode(), f"<{LETTERS[number]}>".encode())
        for number, visitor in enumerate(run.visitors)
    ]
    for number, (visitor, failed) in enumerate(zip(run.visitors, run.failures(), strict=True)):
        found[number, "failed"] = failed
        for place, answer in enumerate(visitor.answers):
            found[number, place, "status"] = answer.status
            for name, value in answer.headers:
                found[number, place, "header", name] = _named(value.encode(errors="replace"), names)
            for key, leaf in _flat(_named(answer.body, names)):
                found[number, place, "body", *key] = leaf
    return found


def _named(text: bytes, names: Sequence[tuple[bytes, bytes]]) -> bytes:
    for token, name in names:
        text = text.replace(token, name)
    return text


def _flat(body: bytes) -> Iterator[tuple[tuple[object, ...], object]]:
    try:
        value = json.loads(body)
    except ValueError:
        yield from (((number,), word) for number, word in enumerate(_WORDS.findall(body)))
        return
    yield from _leaves(value, ())


def _leaves(value: Any, path: tuple[object, ...]) -> Iterator[tuple[tuple[object, ...], object]]:
    if isinstance(value, dict):
        yield (*path, "keys"), tuple(sorted(value))
        items: Any = value.items()
    elif isinstance(value, list):
        yield (*path, "length"), len(value)
        items = enumerate(value)
    else:
        yield path, value
        return
    for key, each in items:
        yield from _leaves(each, (*path, key))


class Orders:
    """What the serial orders came to.

    Args:
        equal: two runs of the same order: what differs between them is left out.
        all_of_them: a run of each order.
    """

    def __init__(self, equal: tuple[Run, Run], all_of_them: Sequence[Run]) -> None:
        one, other = map(fields, equal)
        self._varying = {key for key in {*one, *other} if one.get(key) != other.get(key)}
        self._known = [self._steady(fields(run)) for run in all_of_them]

    def _steady(self, found: Fields) -> Fields:
        return {key: value for key, value in found.items() if key not in self._varying}

    def differing(self, run: Run) -> tuple[object, ...] | None:
        """Return the first field in which ``run`` is like no order; ``None`` if it is like one.

        A field that only this run has may be one that varies, too: it does not count alone.
        """
        found = self._steady(fields(run))
        if found in self._known:
            return None
        nearest = min(self._known, key=lambda each: len(_unlike(found, each)))
        return min(_unlike(found, nearest), key=str)


def _unlike(one: Fields, other: Fields) -> list[tuple[object, ...]]:
    return [key for key in {*one, *other} if one.get(key, ...) != other.get(key, ...)]
