"""The line that replays one schedule: ``--flaskctx-replay=1.1.0-0.A3-B.l.5e0c2a9f``.

Version, which call of the test it is, the visits, the schedule, by what it switches (lines, instructions
within them, or whole visits, one after the other in one thread), and a digest of the lines that were
run: on other lines the schedule means nothing.
"""

from __future__ import annotations

import hashlib
import re
from typing import Literal, NamedTuple

from pytest_flaskctx.isolation.runs import Group, Run
from pytest_flaskctx.isolation.schedules import LETTERS, Entry, Schedule

Grain = Literal["l", "i", "s"]
_GRAINS: dict[str, Grain] = {"l": "l", "i": "i", "s": "s"}
_TOKEN = re.compile(
    r"1\.(?P<call>\d+)\.(?P<group>\d+(?:-\d+)+)\.(?P<entries>[A-Z]\d*(?:-[A-Z]\d*)*)\.(?P<grain>[lis])"
    r"\.(?P<digest>[0-9a-f]{8})"
)
SHAPE = "1.1.0-0.A3-B.l.5e0c2a9f"


class Replay(NamedTuple):
    """One schedule, as it is written on a command line.

    Attributes:
        call: which call of ``flask_ctx_isolation`` in its test, from 1.
        group: whose visits, by their places.
        schedule: who goes on, up to where.
        grain: ``l`` for lines, ``i`` for instructions within them, ``s`` for serial.
        digest: of the lines that it ran.
    """

    call: int
    group: Group
    schedule: Schedule
    grain: Grain
    digest: str

    def __str__(self) -> str:
        group = "-".join(map(str, self.group))
        entries = "-".join(
            f"{LETTERS[who]}{'' if until is None else until}" for who, until in self.schedule
        )
        return f"1.{self.call}.{group}.{entries}.{self.grain}.{self.digest}"


def read(text: str) -> Replay:
    """Return what ``text`` tells to replay.

    Raises:
        ValueError: it tells nothing.
    """
    found = _TOKEN.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is nothing to replay; it looks like {SHAPE}")
    group = tuple(map(int, found["group"].split("-")))
    entries = tuple(
        Entry(LETTERS.index(each[0]), int(each[1:]) if each[1:] else None)
        for each in found["entries"].split("-")
    )
    if any(who >= len(group) for who, _ in entries):
        raise ValueError(f"{text!r} names more participants than visits")
    return Replay(int(found["call"]), group, entries, _GRAINS[found["grain"]], found["digest"])


def digest(run: Run) -> str:
    """Return what tells the lines of a run from others; neither numbers nor their order are in it."""
    lines = {f"{LETTERS[point.who]} {point.source.strip()}" for point in run.points}
    text = "\n".join(sorted(lines))
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:8]
