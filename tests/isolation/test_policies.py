"""Who goes on: by a schedule, or by chance."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stepping import Goer, goers, read

from pytest_flaskctx.isolation.policies import Policy, Scheduled, Walk


def steps(policy: Policy, everybody: Sequence[Goer], lengths: Sequence[int]) -> str:
    """Return whose each step was, with participants of so many steps."""
    told, now = "", policy.choose(everybody, None)
    while now is not None and now.steps < 100:
        now.steps += 1
        told += "ABC"[now.number]
        now.ready = now.steps < lengths[now.number]
        now = policy.choose(everybody, now if now.ready else None)
    return told


@pytest.mark.parametrize(
    ("schedule", "told"),
    [
        ("A:* B:*", "AAAABBB"),
        ("B:* A:*", "BBBAAAA"),
        ("A:2 B:* A:*", "AABBBAA"),
        ("A:2 B:1 A:3 B:* A:*", "AABABBA"),
        ("A:9 B:9", "AAAABBB"),
        ("A:2 B:9 A:1 A:*", "AABBBAA"),
        ("B:1", "BBBAAAA"),
        ("C:1 A:1", "CAAAABBB"),
    ],
)
def test_a_schedule_is_gone_by(schedule: str, told: str) -> None:
    """Each goes to its point or its end; whoever has the turn at the end of it goes on."""
    assert steps(Scheduled(read(schedule)), goers(3), (4, 3, 1)).removesuffix("C") == told


def test_no_schedule_is_the_order_of_the_participants() -> None:
    """One after the other, each to its end."""
    assert steps(Scheduled(()), goers(3), (2, 2, 1)) == "AABBC"


def test_who_cannot_go_on_makes_room_for_the_next_entry() -> None:
    """One that is blocked misses its go."""
    a, b = everybody = goers()
    policy = Scheduled(read("A:3 B:* A:*"))
    assert policy.choose(everybody, None) is a
    a.ready = False
    assert policy.choose(everybody, None) is b
    a.ready = True
    assert policy.choose(everybody, b) is b
    b.ready = False
    assert policy.choose(everybody, None) is a


@pytest.mark.parametrize("policy", [Scheduled(()), Scheduled(read("A:*")), Walk("x")])
def test_nobody_goes_on_where_nobody_can(policy: Policy) -> None:
    """All are blocked, or done."""
    everybody = [Goer(0, ready=False), Goer(1, ready=False)]
    assert policy.choose(everybody, None) is None


@given(st.text(st.characters(codec="utf-8")), st.floats(0, 1), st.integers(0, 9))
def test_a_walk_takes_everybody_to_the_end(seed: str, chance: float, ahead: int) -> None:
    """And is the same for the same seed."""
    told = {steps(Walk(seed, chance, ahead), goers(3), (5, 4, 2)) for _ in range(2)}
    assert [sorted(each) for each in told] == [sorted("AAAAABBBBCC")]


def test_walks_of_other_seeds_are_others() -> None:
    """Chance decides."""
    assert len({steps(Walk(str(seed)), goers(), (20, 20)) for seed in range(10)}) > 5


def test_a_walk_without_a_chance_does_not_switch() -> None:
    """Each goes to its end."""
    told = steps(Walk("x", chance=0.0), goers(), (9, 9))
    assert told in ("A" * 9 + "B" * 9, "B" * 9 + "A" * 9)


def test_a_walk_with_every_chance_switches_at_each_point() -> None:
    """Two take turns."""
    assert steps(Walk("x", chance=1.0), goers(), (9, 9)) in ("AB" * 9, "BA" * 9)


def test_a_walk_switches_to_who_can_go_on() -> None:
    """To nobody else; where there is none, whoever has the turn keeps it."""
    everybody = [Goer(0), Goer(1, ready=False), Goer(2)]
    policy = Walk("x", chance=1.0)
    assert {policy.choose(everybody, everybody[0]).number for _ in range(20)} == {2}
    everybody[2].ready = False
    assert policy.choose(everybody, everybody[0]) is everybody[0]


def test_whoever_is_first_has_the_head_start() -> None:
    """To be chosen first does not end it."""
    for seed in "xyz":
        told = steps(Walk(seed, chance=0.0, ahead=5), goers(), (9, 9))
        assert told in ("AAAAABBBBBBBBBAAAA", "BBBBBAAAAAAAAABBBB")


def test_who_blocks_has_no_head_start_left() -> None:
    """Nor has the other one."""
    everybody = goers()
    policy = Walk("x", chance=1.0, ahead=5)
    first = policy.choose(everybody, None)
    assert first is not None
    other = everybody[1 - first.number]
    first.ready = False
    assert policy.choose(everybody, None) is other
    first.ready = True
    assert policy.choose(everybody, other) is first


def test_a_head_start_ends_at_its_point() -> None:
    """Before it there is no switch, at it there is one, and chance decides after it."""
    a, b = everybody = goers()
    policy = Walk("x", chance=0.0, ahead=5)
    for a.steps in range(5):
        assert policy.choose(everybody, a) is a
    a.steps = 5
    assert policy.choose(everybody, a) is b
    for b.steps in range(10):
        assert policy.choose(everybody, b) is b
