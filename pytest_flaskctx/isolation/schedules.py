"""A schedule: in which order participants take their steps, as it is written and read.

``A:3 B:* A:*`` lets A go to its third switch point, B to its end, and A on to its own. A number
counts a participant's points from its start, not from the last switch. A participant that blocks, or
that is at its end before, makes room for the next entry; so does ``*`` then.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import pairwise
from string import ascii_uppercase
from typing import NamedTuple

LETTERS = ascii_uppercase
"""The names of participants, by number."""

_ENTRY = re.compile(r"([A-Z])(?::?(\d+)|:?\*)")


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


def read(text: str) -> Schedule:
    """Return the schedule that ``text`` tells, with or without colons, parted by blanks or dots.

    Raises:
        ValueError: it tells none.
    """
    entries = []
    for word in re.split(r"[ .]", text):
        found = _ENTRY.fullmatch(word)
        if found is None:
            raise ValueError(f"{word!r} is not of the form A:3 or A:*")
        entries.append(Entry(LETTERS.index(found[1]), int(found[2]) if found[2] else None))
    return tuple(entries)


def switches(entries: Schedule) -> int:
    """Return how often the turn changes hands."""
    return sum(a.who != b.who for a, b in pairwise(entries))
