"""A schedule: in which order participants take their steps, as it is written.

``A:3 B:* A:*`` lets A go to its third switch point, B to its end, and A on to its own. A number
counts a participant's points from its start, not from the last switch. A participant that blocks, or
that is at its end before, makes room for the next entry; so does ``*`` then.
"""

from __future__ import annotations

from collections.abc import Iterable
from string import ascii_uppercase
from typing import NamedTuple

LETTERS = ascii_uppercase
"""The names of participants, by number."""


class Entry(NamedTuple):
    """One participant's go.

    Attributes:
        who: the participant's number, from 0.
        until: the switch point before which it stops; ``None`` for its end.
    """

    who: int
    until: int | None = None

    def __str__(self) -> str:
        return f"{LETTERS[self.who]}:{'*' if self.until is None else self.until}"


Schedule = tuple[Entry, ...]


def schedule(*entries: tuple[int, int | None]) -> Schedule:
    """Return the schedule of participants and the points before which they stop."""
    return tuple(Entry(*entry) for entry in entries)


def written(entries: Iterable[Entry]) -> str:
    """Return a schedule as it is told: ``A:3 B:* A:*``."""
    return " ".join(map(str, entries))
