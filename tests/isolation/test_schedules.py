"""How a schedule is written and read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_flaskctx.isolation.schedules import Entry, read, schedule, switches, written

entries = st.builds(Entry, st.integers(0, 25), st.none() | st.integers(0, 10**6))
schedules = st.lists(entries, min_size=1, max_size=8).map(tuple)


@given(schedules)
def test_what_is_written_can_be_read(entries: tuple[Entry, ...]) -> None:
    """It is the same schedule after its way through text, with colons and blanks or without."""
    text = written(entries)
    assert read(text) == entries
    assert read(text.replace(":", "").replace(" ", ".")) == entries


def test_an_entry_is_a_letter_and_a_point() -> None:
    """A star stands for the participant's end."""
    made = schedule((0, 3), (1, None), (25, 0))
    assert made == (Entry(0, 3), Entry(1), Entry(25, 0))
    assert written(made) == "A:3 B:* Z:0"


@pytest.mark.parametrize("text", ["", "3", "A", "A:", "a:3", "A:3,B:*", "A:3  B:*", "AB:3", "A:-1"])
def test_what_tells_no_schedule_is_refused(text: str) -> None:
    """The word that cannot be meant is named."""
    with pytest.raises(ValueError, match=r"'.*' is not of the form A:3 or A:\*"):
        read(text)


@pytest.mark.parametrize(("text", "count"), [("A:*", 0), ("A:3 A:*", 0), ("A:3 B:* A:*", 2)])
def test_a_switch_is_a_change_of_hands(text: str, count: int) -> None:
    """Two entries of one participant in a row are none."""
    assert switches(read(text)) == count
