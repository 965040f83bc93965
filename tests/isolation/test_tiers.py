"""Which schedules are tried, and in which order."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stepping import goers, read

from pytest_flaskctx.isolation import tiers
from pytest_flaskctx.isolation.policies import Policy, Scheduled
from pytest_flaskctx.isolation.schedules import Schedule, schedule, written

places = st.lists(st.integers(0, 5), max_size=30)


def told(found: object) -> list[str]:
    """Return schedules as they are written."""
    return [written(each) for each in found]  # type: ignore[attr-defined]


def test_a_preemption_is_one_interruption() -> None:
    """One is stopped before a point, and goes on when the other is at its end."""
    assert written(tiers.preempted(1, 0, 7)) == "B:7 A:* B:*"


def test_schedules_are_guided_by_changes() -> None:
    """One switch right after each change comes first, then one in each of two."""
    assert told(tiers.guided([[2, 4], [3]], both_ways=False)) == [
        "A:2 B:* A:*",
        "A:4 B:* A:*",
        "A:2 B:3 A:* B:*",
        "A:4 B:3 A:* B:*",
    ]


def test_unlike_visits_are_guided_both_ways() -> None:
    """It matters which of them is interrupted."""
    assert told(tiers.guided([[2], [3]], both_ways=True)) == [
        "A:2 B:* A:*",
        "B:3 A:* B:*",
        "A:2 B:3 A:* B:*",
        "B:3 A:2 B:* A:*",
    ]


def test_not_all_pairs_of_many_changes_are_tried() -> None:
    """Single ones are."""
    many = list(range(1, 21))
    found = list(tiers.guided([many, many], both_ways=False))
    assert [len(each) for each in found] == [3] * 20 + [4] * tiers.MOST_PAIRS
    assert len(set(found)) == len(found)


@given(places, places, st.booleans(), st.text(st.characters(codec="utf-8"), max_size=4))
def test_every_preemption_is_tried_once(
    one: list[int], other: list[int], both_ways: bool, seed: str
) -> None:
    """Each point of ``A``, and of ``B`` where that is another; the same order for the same seed."""
    found = list(tiers.exhaustive([one, other], both_ways, seed))
    wanted: set[Schedule] = {tiers.preempted(0, 1, at + 1) for at in range(len(one))}
    if both_ways:
        wanted |= {tiers.preempted(1, 0, at + 1) for at in range(len(other))}
    assert len(found) == len(wanted)
    assert set(found) == wanted
    assert list(tiers.exhaustive([one, other], both_ways, seed)) == found


def test_the_rarer_visits_of_a_line_come_first() -> None:
    """The first, the second and the last one; the others follow in an order of the seed's."""
    lines = ["a", *("loop" for _ in range(20)), "z"]
    orders = set()
    for seed in "xyz":
        found = [each[0].until for each in tiers.exhaustive([lines, []], False, seed)]
        assert found[:5] == [1, 2, 3, 21, 22]
        assert sorted(found[5:]) == list(range(4, 21))
        orders.add(tuple(found))
    assert len(orders) == 3


def first_switch(policy: Policy) -> int:
    """Return at which of its points the first participant makes room, up to 200."""
    a, b = everybody = goers()
    for a.steps in range(1, 200):
        if policy.choose(everybody, a) is b:
            return a.steps
    return 200


def test_walks_go_in_step_and_after_a_head_start_in_turn() -> None:
    """A head start is up to four fifths of the longer visit."""
    walks = islice(tiers.random("x", [100, 10]), 80)
    found = list(map(first_switch, walks))
    ahead = found[1::2]
    assert 1 <= min(ahead) < 20 < 60 < max(ahead) <= 80
    assert sorted(found[::2])[20] < 6
    assert found == list(map(first_switch, islice(tiers.random("x", [100, 10]), 80)))
    assert found != list(map(first_switch, islice(tiers.random("y", [100, 10]), 80)))


@pytest.mark.parametrize("steps", [[], [0, 0], [1, 2]])
def test_the_shortest_visits_have_a_head_start_of_two_points_at_most(steps: list[int]) -> None:
    """There may be no points at all."""
    walks = islice(tiers.random("x", steps), 40)
    assert set(list(map(first_switch, walks))[1::2]) == {1, 2}


def test_no_schedule_is_tried_twice() -> None:
    """What other tiers have tried is left out, and what is tried is noted."""
    tried = {read("A:1 B:* A:*")}
    wanted = [schedule((0, at), (1, None), (0, None)) for at in (1, 2, 2, 3)]
    found = list(tiers.scheduled(iter(wanted), tried))
    assert tried == set(wanted)
    assert [type(each) for each in found] == [Scheduled, Scheduled]
    assert list(map(first_switch, found)) == [2, 3]


@pytest.mark.parametrize(
    "tier",
    [
        lambda: tiers.guided([[], []], both_ways=True),
        lambda: tiers.exhaustive([[], []], True, "x"),
        lambda: tiers.scheduled(iter(()), set()),
    ],
)
def test_nothing_comes_of_nothing(tier: Callable[[], object]) -> None:
    """A visit without points has no schedules."""
    assert list(tier()) == []  # type: ignore[call-overload]


def test_one_is_interrupted_by_all_others() -> None:
    """First where something changes, then everywhere else, and never twice."""
    found = told(tiers.crowded(3, [2], 3))
    assert found == ["A:2 B:* C:* A:*", "A:1 B:* C:* A:*", "A:3 B:* C:* A:*"]
