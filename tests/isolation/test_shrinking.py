"""The shortest schedule that still bleeds."""

from __future__ import annotations

from functools import partial
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from stepping import read

from pytest_flaskctx.isolation.schedules import Entry, Schedule, schedule, written
from pytest_flaskctx.isolation.shrinking import MOST_TRIES, plain, shrink

schedules = st.lists(
    st.builds(Entry, st.integers(0, 2), st.none() | st.integers(1, 99)), min_size=1, max_size=8
).map(tuple)


def stops(entries: Schedule, who: int, least: int) -> bool:
    """Whether ``who`` is interrupted at its point ``least`` or later."""
    return any(each.who == who and (each.until or 0) >= least for each in entries)


def test_entries_that_do_not_matter_are_left_out() -> None:
    """And steps before a switch that do not, too."""
    found = shrink(read("B:2 A:17 B:4 A:20 B:* A:*"), lambda each: stops(each, 0, 7))
    assert written(found) == "A:7"


def test_steps_are_taken_off_one_by_one_where_half_of_them_is_too_few() -> None:
    """Down to the first point at which it bleeds."""
    for least in range(1, 9):
        found = shrink(schedule((0, 8)), partial(stops, who=0, least=least))
        assert found == ((0, least),)


def test_no_switch_comes_before_the_first_point() -> None:
    """There is nothing to be interrupted there."""
    asked: list[str] = []
    shrink(read("A:7 B:1"), lambda each: bool(asked.append(written(each))))
    assert asked == ["B:1", "A:7", "A:3 B:1", "A:6 B:1"]


def test_a_schedule_has_an_entry() -> None:
    """The last one is not left out."""
    asked: list[str] = []
    shrink(read("A:2"), lambda each: bool(asked.append(written(each))))
    assert asked == ["A:1"]


def test_an_end_is_not_made_earlier() -> None:
    """A participant's end has no steps to take off."""
    asked: list[str] = []
    shrink(read("A:* B:1"), lambda each: bool(asked.append(written(each))))
    assert asked == ["B:1", "A:*"]


@given(schedules, st.integers(0, 2), st.integers(1, 50))
def test_what_comes_out_bleeds(entries: Schedule, who: int, least: int) -> None:
    """It was tried, with no more tries than are allowed, and nothing was tried twice."""
    asked: list[Schedule] = []

    def bleeds(shorter: Schedule) -> bool:
        asked.append(shorter)
        return stops(shorter, who, least)

    start = plain(entries)
    found = shrink(start, bleeds)
    assert found == start or stops(found, who, least)
    assert len(found) <= len(start)
    assert len(asked) <= MOST_TRIES
    assert len(set(asked)) == len(asked)
    assert start not in asked


def test_tries_are_counted() -> None:
    """What is found by then is the answer."""
    asked: list[Schedule] = []
    start = tuple(Entry(place % 2, 99) for place in range(60))

    def longest(shorter: Schedule) -> bool:
        asked.append(shorter)
        return False

    assert shrink(start, longest) == start
    assert len(asked) == MOST_TRIES
    assert len(shrink(start, lambda each: True)) == 60 - MOST_TRIES


def test_of_two_entries_in_a_row_the_later_says_it_all() -> None:
    """It is the same participant's go."""
    assert written(plain(read("A:1 A:2 B:1 B:3 B:2 A:5"))) == "A:2 B:2 A:5"
    assert written(plain(read("A:1 A:*"))) == "A:*"


def test_who_is_left_at_the_end_goes_without_saying() -> None:
    """When the others are at their ends; two entries are always told."""
    assert written(plain(read("A:3 B:* A:*"))) == "A:3 B:*"
    assert written(plain(read("A:3 B:*"))) == "A:3 B:*"
    assert written(plain(read("A:3 B:4 A:5"))) == "A:3 B:4 A:5"
    assert plain(()) == ()


def test_who_is_not_at_the_end_keeps_the_turn() -> None:
    """Without the last entry that one would go on."""
    assert written(plain(read("A:3 B:4 A:*"))) == "A:3 B:4 A:*"
    assert written(plain(read("A:3 B:* A:4"))) == "A:3 B:* A:4"


def test_of_three_none_goes_without_saying() -> None:
    """Who is next would be by number."""
    assert written(plain(read("A:3 B:1 C:* B:* A:*"))) == "A:3 B:1 C:* B:* A:*"
    assert written(plain(read("C:3 B:* C:* A:*"))) == "C:3 B:* C:* A:*"


def test_the_plain_one_is_taken_if_it_bleeds() -> None:
    """It is asked first; one that is plain is not asked again."""
    asked: list[str] = []

    def bleeds(shorter: Schedule) -> bool:
        asked.append(written(shorter))
        return asked[-1] == "A:1 B:*"

    assert written(shrink(read("A:1 B:* A:*"), bleeds)) == "A:1 B:*"
    assert asked[0] == "A:1 B:*"
    assert asked.count("A:1 B:*") == 1


def test_the_plain_one_is_left_if_it_does_not_bleed() -> None:
    """What comes out was seen to bleed."""
    start = read("A:1 B:* A:*")
    assert shrink(start, lambda each: False) == start


@given(schedules)
def test_what_is_plain_stays_as_it_is(entries: Schedule) -> None:
    """No participant has two entries in a row."""
    once = plain(entries)
    assert plain(once) == once
    assert all(a.who != b.who for a, b in pairwise(once))
