"""Which schedules are tried, and in which order: the cheap that find much before the complete.

All of them are for two participants, of which the first is ``A``. Each tier yields policies for what
the runs before it have shown, and never one twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from random import Random

from pytest_flaskctx.isolation.policies import Policy, Scheduled, Walk
from pytest_flaskctx.isolation.schedules import Schedule, schedule

MOST_PAIRS = 60
AHEAD = 0.8


def preempted(who: int, other: int, at: int) -> Schedule:
    """Return the schedule in which ``who`` is interrupted once, before its point ``at``."""
    return schedule((who, at), (other, None), (who, None))


def guided(changes: Sequence[Sequence[int]], both_ways: bool) -> Iterator[Schedule]:
    """Yield schedules that switch right after state has changed: once, then in both.

    Args:
        changes: the points before which something changed, of each of the two.
        both_ways: whether the two are unlike, so that it matters which of them is ``A``.
    """
    orders = ((0, 1), (1, 0)) if both_ways else ((0, 1),)
    for who, other in orders:
        for at in changes[who]:
            yield preempted(who, other, at)
    pairs = [
        (who, other, a, b) for who, other in orders for a in changes[who] for b in changes[other]
    ]
    for who, other, a, b in pairs[:MOST_PAIRS]:
        yield schedule((who, a), (other, b), (who, None), (other, None))


def exhaustive(lines: Sequence[Sequence[object]], both_ways: bool, seed: str) -> Iterator[Schedule]:
    """Yield every schedule with one preemption, those at the rarer visits of a line first.

    The first, the second and the last visit of each line come first, then the others by chance: a long
    visit runs few lines often.

    Args:
        lines: the place of each point in turn, of each of the two.
        both_ways: whether the two are unlike.
        seed: what decides.
    """
    for who, other in ((0, 1), (1, 0)) if both_ways else ((0, 1),):
        for at in _rarer_first(lines[who], seed):
            yield preempted(who, other, at)


def _rarer_first(places: Sequence[object], seed: str) -> list[int]:
    visits: dict[object, list[int]] = {}
    for number, place in enumerate(places, 1):
        visits.setdefault(place, []).append(number)
    first = sorted({at for each in visits.values() for at in (*each[:2], each[-1])})
    rest = sorted(set(range(1, len(places) + 1)) - set(first))
    Random(seed).shuffle(rest)
    return [*first, *rest]


def crowded(count: int, changes: Sequence[int], length: int) -> Iterator[Schedule]:
    """Yield schedules in which the first one is interrupted once, and all others go to their ends then.

    Args:
        count: how many participants there are.
        changes: the points of the first one before which something changed: they come first.
        length: how many points it has.
    """
    others = tuple((who, None) for who in range(1, count))
    for at in dict.fromkeys((*changes, *range(1, length + 1))):
        yield schedule((0, at), *others, (0, None))


def random(seed: str, steps: Sequence[int]) -> Iterator[Policy]:
    """Yield walks without end: in step, and after a head start, in turn.

    Args:
        seed: what decides.
        steps: how many points each participant has, alone.
    """
    drawn = Random(seed)
    number = 0
    while True:
        number += 1
        yield Walk(f"{seed}/{number}")
        ahead = drawn.randint(1, max(2, int(max(steps, default=2) * AHEAD)))
        yield Walk(f"{seed}/{number}/ahead", ahead=ahead)


def scheduled(schedules: Iterator[Schedule], tried: set[Schedule]) -> Iterator[Policy]:
    """Yield a policy for each schedule that was not tried, and note it."""
    for each in schedules:
        if each not in tried:
            tried.add(each)
            yield Scheduled(each)
