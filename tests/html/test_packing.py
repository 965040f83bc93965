"""Boxes into rows, and labels to their boxes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pytest_flaskctx.reports.html.packing import Label, label, length, rows

ROOM = (0.0, 500.0)
extents = st.tuples(st.floats(0, 400), st.floats(0, 90)).map(lambda e: (e[0], e[0] + e[1]))


@given(st.lists(extents, max_size=20))
def test_no_two_of_a_row_touch(boxes: list[tuple[float, float]]) -> None:
    """Whatever overlaps stands in rows of its own, and no row is skipped."""
    numbers = rows(boxes)
    assert set(numbers) == set(range(max(numbers, default=-1) + 1))
    for n, one in enumerate(boxes):
        for m, other in enumerate(boxes[:n]):
            if numbers[n] == numbers[m]:
                assert one[1] < other[0] or other[1] < one[0]


def test_into_the_box() -> None:
    """That is where it is sought first."""
    assert label("abc", (100, 200), ROOM) == Label("abc", 106, inside=True)


def test_beside_a_gap() -> None:
    """Nothing can be read in a gap: the label goes to the first part that is wide enough."""
    assert label("abcdefgh", (100, 300), ROOM, [(120, 170)]) == Label("abcdefgh", 176, inside=True)
    assert label("abcdefgh", (100, 300), ROOM, [(90, 110)]) == Label("abcdefgh", 116, inside=True)


def test_to_the_right() -> None:
    """A narrow box has its label behind it, and behind the gap that may follow."""
    assert label("abc", (100, 103), ROOM) == Label("abc", 109, inside=False)
    assert label("abc", (100, 103), ROOM, [(110, 150)]) == Label("abc", 156, inside=False)


def test_to_the_left() -> None:
    """At the right end there is room on the other side only."""
    wide = length("abc")
    assert label("abc", (490, 493), ROOM) == Label("abc", 484 - wide, inside=False)
    assert label("abc", (490, 493), ROOM, [(470, 488)]) == Label("abc", 464 - wide, inside=False)


def test_cut() -> None:
    """Where it fits nowhere, its box has what fits into that; a narrow one has nothing."""
    text = "x" * 90
    assert label(text, (100, 200), ROOM) == Label("x" * 7 + "…" + "x" * 4, 106, inside=True)
    assert label(text, (100, 110), ROOM) is None
