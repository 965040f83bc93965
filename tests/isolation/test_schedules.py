"""How a schedule is written."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from stepping import read

from pytest_flaskctx.isolation.schedules import Entry, schedule, written

entries = st.builds(Entry, st.integers(0, 25), st.none() | st.integers(0, 10**6))
schedules = st.lists(entries, min_size=1, max_size=8).map(tuple)


@given(schedules)
def test_what_is_written_tells_all_of_it(entries: tuple[Entry, ...]) -> None:
    """Whoever reads it has the same schedule."""
    assert read(written(entries)) == entries


def test_an_entry_is_a_letter_and_a_point() -> None:
    """A star stands for the participant's end."""
    made = schedule((0, 3), (1, None), (25, 0))
    assert made == (Entry(0, 3), Entry(1), Entry(25, 0))
    assert written(made) == "A:3 B:* Z:0"
