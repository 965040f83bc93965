"""Who goes on at a switch point: by a schedule, or by chance that a seed decides.

A policy is asked at each point of whoever has the turn, and where that one blocks or ends. It
answers with a participant that can go on.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Protocol, TypeVar

from pytest_flaskctx.isolation.schedules import Schedule


class Going(Protocol):
    """What a policy knows of a participant.

    Attributes:
        number: its place among the participants.
        steps: how many switch points it has come to.
        ready: whether it can go on.
        at_request: whether it is about to make a request.
    """

    number: int
    steps: int

    @property
    def ready(self) -> bool: ...

    @property
    def at_request(self) -> bool: ...


G = TypeVar("G", bound=Going)


class Policy(Protocol):
    """Decides who goes on."""

    def choose(self, all_of_them: Sequence[G], now: G | None) -> G | None:
        """Return who goes on; ``None`` where nobody can.

        Args:
            all_of_them: the participants, by number.
            now: who has the turn and has come to a point; ``None`` if it blocked or ended.
        """
        ...


class Scheduled:
    """Goes by a schedule; what that leaves undone is done in the order of the participants.

    Args:
        entries: the schedule.
    """

    def __init__(self, entries: Schedule) -> None:
        self._entries = entries
        self._next = 0

    def choose(self, all_of_them: Sequence[G], now: G | None) -> G | None:
        """Return whose entry it is."""
        while self._next < len(self._entries):
            who, until = self._entries[self._next]
            going = all_of_them[who]
            if going.ready and (until is None or going.steps < until):
                return going
            self._next += 1
        return now or _first(all_of_them)


class Walk:
    """Switches at each point with a chance, to anybody who can go on, after a head start.

    Two requests of one view that go in step are inside its windows together; one long and one
    short request are not, unless one of them has a head start.

    Args:
        seed: what decides.
        chance: of a switch at a point.
        ahead: before which point the first one switches for the first time; 0 for at any.
    """

    def __init__(self, seed: str, chance: float = 0.2, ahead: int = 0) -> None:
        self._random = Random(seed)
        self._chance = chance
        self._ahead = ahead
        self._begun = False

    def choose(self, all_of_them: Sequence[G], now: G | None) -> G | None:
        """Return who goes on by chance."""
        if now is not None and now.steps < self._ahead:
            return now
        if now is not None and not self._ahead and self._random.random() >= self._chance:
            return now
        if now is not None or self._begun:
            self._ahead = 0
        self._begun = True
        others = [each for each in all_of_them if each.ready and each is not now]
        return self._random.choice(others) if others else now


def _first(all_of_them: Sequence[G]) -> G | None:
    return next((each for each in all_of_them if each.ready), None)
