"""Participants, visitors and runs that were made up, for the tests of the isolation fixture."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import CodeType
from typing import Any

from hypothesis import strategies as st

from pytest_flaskctx.findings import Bleed, BleedStep
from pytest_flaskctx.isolation.carriers import Carrier, Outcome
from pytest_flaskctx.isolation.policies import Policy
from pytest_flaskctx.isolation.roles import roles
from pytest_flaskctx.isolation.runs import Run
from pytest_flaskctx.isolation.schedules import LETTERS, Entry, Schedule
from pytest_flaskctx.isolation.turns import Kind, Point, Turns
from pytest_flaskctx.isolation.visits import Answer, Visitor


@dataclass
class Goer:
    """What a policy knows of a participant."""

    number: int
    steps: int = 0
    ready: bool = True
    at_request: bool = False


def goers(count: int = 2) -> list[Goer]:
    """Return participants that have not moved yet."""
    return [Goer(number) for number in range(count)]


def answer(body: bytes = b"", *headers: tuple[str, str], status: int = 200) -> Answer:
    """Return a response to the one page of a shop."""
    return Answer("GET /order (endpoint 'order')", status, headers, body)


def visitor(
    token: str,
    *answers: Answer,
    value: Any = None,
    visit: Callable[[Any, str], Any] = lambda client, token: None,
) -> Visitor:
    """Return a visitor that got these answers, and whose visit returned ``value``."""
    made = Visitor(visit, None, token)
    made.answers += answers
    made.value = value
    return made


def ran(*visitors: Visitor, errors: Iterable[BaseException | None] = (), **more: Any) -> Run:
    """Return a run with these visitors; each of ``errors`` is what the visit of one ended with."""
    failed = [*errors, *(None for _ in visitors)][: len(visitors)]
    known: dict[str, Any] = {
        **dict.fromkeys(Run._fields),
        "group": tuple(range(len(visitors))),
        "visitors": visitors,
        "outcomes": tuple(Outcome(error=error, ended=True) for error in failed),
        "points": (),
        "unhandled": (),
    }
    return Run(**known | more)


PATIENCE = 20.0
"""How long a test waits, in seconds, for what comes at once unless something is broken."""


def step(line: int = 1, kind: Kind = "line") -> None:
    """Come to a switch point of the participant for whom the calling thread acts."""
    role = roles.role
    assert role is not None
    role.turns.point(role.who, step.__code__, line, kind)


def stepped(
    policy: Policy,
    *bodies: Callable[[], Any],
    limit: int = 1000,
    meanwhile: Callable[[Turns], object] = lambda turns: None,
    **how: Any,
) -> tuple[Turns, list[Outcome]]:
    """Take bodies through their turns; only ``meanwhile`` looks whether one stands still."""
    turns = Turns(policy, len(bodies), limit, **how)
    carriers = [Carrier(turns, [who], [bodies[who.number]]) for who in turns.participants]
    for carrier in carriers:
        carrier.start()
    meanwhile(turns)
    assert turns.finished.acquire(timeout=PATIENCE)
    for carrier in carriers:
        carrier.join(PATIENCE)
    return turns, [each for carrier in carriers for each in carrier.outcomes.values()]


def points(
    *steps: tuple[int, CodeType, int] | tuple[int, CodeType, int, Kind],
) -> tuple[Point, ...]:
    """Return steps by participant, code, line and kind."""
    return tuple(Point(*each) for each in steps)


_words = st.text(max_size=8)
_steps = st.builds(
    BleedStep,
    participant=st.sampled_from("ABC"),
    file=st.sampled_from(["app.py", "shop/views.py"]),
    line=st.integers(1, 9999),
    function=_words,
    source=_words,
    role=st.sampled_from(["", "writes", "reads"]),
)
bleeds = st.builds(
    Bleed,
    kind=st.sampled_from(["token", "failure", "expect", "serial"]),
    schedule=_words,
    replay=_words,
    seed=_words,
    tier=_words,
    visits=st.lists(_words, max_size=3).map(tuple),
    evidence=_words,
    packed=_words,
    what=_words,
    holder=_words,
    steps=st.lists(_steps, max_size=6).map(tuple),
    within_line=st.booleans(),
    without_gil=st.booleans(),
)
"""Any bleed that the types allow, for properties."""


_ENTRY = re.compile(r"([A-Z]):(?:(\d+)|\*)")


def read(text: str) -> Schedule:
    """Return the schedule that is written ``A:3 B:* A:*``."""
    found = (_ENTRY.fullmatch(word) for word in text.split())
    return tuple(
        Entry(LETTERS.index(each[1]), int(each[2]) if each[2] else None) for each in found if each
    )
