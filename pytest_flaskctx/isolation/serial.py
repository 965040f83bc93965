"""The outcomes of serial orders: what any order of whole requests may come to.

Field by field, with the tokens replaced by whose they are. What differs between two equal runs (ids,
times, signatures) tells nothing and is left out.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from pytest_flaskctx.isolation.policies import G
from pytest_flaskctx.isolation.runs import Run
from pytest_flaskctx.isolation.schedules import LETTERS
from pytest_flaskctx.isolation.texts import plain

MOST_ORDERS = 24
MOST_FITTING = 30
"""How many orders a run is compared with that may be what happened in it; with more nothing is told."""

Span = tuple[float, float]
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
    yield from dict.fromkeys((whole, whole[::-1], *islice(_mixed(tuple(requests)), MOST_ORDERS)))


def fitting(spans: Sequence[Sequence[Span]]) -> Iterator[tuple[int, ...]]:
    """Yield the orders of whole requests that may be what happened, the likeliest first.

    A request that was over before another one began comes before it. Of those that overlap, the one
    that was over first is likely to have done first what it did.

    Args:
        spans: of each participant the beginnings and ends of its requests, in order.
    """
    if not any(spans):
        yield ()
    going = (number for number, each in enumerate(spans) if each)
    for who in sorted(going, key=lambda number: spans[number][0][1]):
        own = spans[who]
        others = [each for number, each in enumerate(spans) if number != who]
        if all(over >= own[0][0] for each in others for _, over in each):
            rest = [each[1:] if number == who else each for number, each in enumerate(spans)]
            for order in fitting(rest):
                yield (who, *order)


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
            seen: Counter[str] = Counter()
            for name, value in answer.headers:
                # It says what the body does, and what a token is packed to differs in length by chance.
                if name.lower() == "content-length":
                    continue
                named = _named(value.encode(errors="replace"), names)
                found[number, place, "header", name, seen[name]] = named
                seen[name] += 1
            encoding = dict(answer.headers).get("Content-Encoding", "")
            for key, leaf in _flat(_named(plain(answer.body, encoding), names)):
                found[number, place, "body", *key] = leaf
    return found


def _named(text: bytes, names: Sequence[tuple[bytes, bytes]]) -> bytes:
    for token, name in names:
        text = text.replace(token, name)
    return text


def _flat(body: bytes) -> Iterator[tuple[tuple[object, ...], object]]:
    try:
        yield from list(_leaves(json.loads(body), ()))
    except (ValueError, RecursionError):
        words = _WORDS.findall(body)
        yield ("words",), len(words)
        yield from (((number,), word) for number, word in enumerate(words))


def _leaves(value: Any, path: tuple[object, ...]) -> Iterator[tuple[tuple[object, ...], object]]:
    if isinstance(value, dict):
        # No key of the user's is a tuple.
        yield (*path, ("keys",)), tuple(sorted(value))
        items: Any = value.items()
    elif isinstance(value, list):
        yield (*path, ("length",)), len(value)
        items = enumerate(value)
    else:
        # As it is written: what is true equals 1 in Python, and not in JSON.
        yield path, json.dumps(value)
        return
    for key, each in items:
        yield from _leaves(each, (*path, key))


class Orders:
    """What the serial orders came to.

    Args:
        runs: a run of each order, and the first of them once more: what differs between equal ones is
            left out.
    """

    def __init__(self, runs: Sequence[Run]) -> None:
        self._first = runs[0]
        *known, again = map(fields, runs)
        self._known = known
        self._varying = set(_unlike(known[0], again))

    def learn(self, runs: Sequence[Run]) -> None:
        """Learn from another run of each order what varies by itself.

        Args:
            runs: in the same order.
        """
        for known, run in zip(self._known, runs, strict=False):
            self._varying.update(_unlike(known, fields(run)))

    def add(self, run: Run) -> None:
        """Learn from one more order."""
        self._known.append(fields(run))

    def compare(self, run: Run, again: Run) -> None:
        """Learn from the same order or schedule, run twice, what varies by itself."""
        self._varying.update(_unlike(fields(run), fields(again)))

    @property
    def varying(self) -> list[str]:
        """Return what differs between equal runs, and so tells nothing, as it is told."""
        return sorted({part_of(self._first, key) for key in self._varying})

    def _steady(self, found: Fields) -> Fields:
        """Return the fields that tell something: of a text whose length varies, none does."""
        whole = {key[:3] for key in self._varying if key[2:] == ("body", "words")}
        return {
            key: value
            for key, value in found.items()
            if key not in self._varying and key[:3] not in whole
        }

    def says_news(self, run: Run) -> bool:
        """Whether a field in which ``run`` is like no order says what it says in none of them."""
        field = self.differing(run)
        if field is None:
            return False
        said = fields(run).get(field, ...)
        of_anybody = [(who, *field[1:]) for who in range(len(run.visitors))]
        return all(known.get(each, ...) != said for known in self._known for each in of_anybody)

    def differing(self, run: Run) -> tuple[object, ...] | None:
        """Return the first field in which ``run`` is like no order; ``None`` if it is like one."""
        found = self._steady(fields(run))
        unlike = [_unlike(found, self._steady(known)) for known in self._known]
        nearest = min(unlike, key=len)
        return min(nearest, key=str) if nearest else None


def part_of(run: Run, field: tuple[object, ...]) -> str:
    """Return which part of which answer a field is, as it is told: ``the body of GET /profile``."""
    who, place, *rest = (*field, None)
    answers = run.visitors[who].answers if isinstance(who, int) else []
    if not isinstance(place, int) or place >= len(answers):
        return "the end of a visit"
    part = f"header {rest[1]}" if rest[0] == "header" else rest[0]
    return f"the {part} of {answers[place].whence}"


def _unlike(one: Fields, other: Fields) -> list[tuple[object, ...]]:
    return [key for key in {*one, *other} if one.get(key, ...) != other.get(key, ...)]
