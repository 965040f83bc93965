"""The axis of a picture: even, but for silences."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pytest_flaskctx.reports.html.axis import GAP, Axis, Gap, duration

LEFT, RIGHT = 100.0, 900.0
README = [0.0012, 0.0034, 0.0037, 0.0052, 3.0041, 3.0048]
moments = st.lists(st.floats(0, 1e5), min_size=1, max_size=30)


def axis(times: list[float]) -> Axis:
    return Axis(times, LEFT, RIGHT)


def test_it_is_even() -> None:
    """Where nothing is long against the rest, a millisecond is a millisecond."""
    made = axis([0.0, 0.2, 0.5, 1.0])
    assert [made.x(at) for at in (0.0, 0.25, 0.5, 1.0)] == pytest.approx([100, 300, 500, 900])
    assert made.gaps == ()


def test_a_long_silence_is_folded() -> None:
    """A request of 4 ms and a task 3 s later have room side by side."""
    made = axis(README)
    (gap,) = made.gaps
    assert gap == Gap(pytest.approx(made.x(0.0052)), "2,999 ms")
    assert made.x(3.0041) - made.x(0.0052) == pytest.approx(GAP)
    assert made.x(0.0052) - made.x(0.0012) > 500


def test_several_silences_are_folded() -> None:
    """A day of two events each is none of hours."""
    assert [gap.label for gap in axis([0.0, 0.01, 5.0, 5.01, 9.0, 9.01]).gaps] == [
        "4,990 ms",
        "3,990 ms",
    ]


def test_a_pause_is_no_silence() -> None:
    """What fits on the scale is not folded: the eye compares lengths."""
    assert axis([0.0, 0.004, 0.040]).gaps == ()
    assert [gap.label for gap in axis([0.001, 0.0034, 0.0037, 3.0, 3.2]).gaps] == [
        "2,996 ms",
        "200 ms",
    ]


def test_one_moment() -> None:
    """Where there is but one, it stands at the left."""
    made = axis([2.0])
    assert (made.x(2.0), made.x(1.0), made.x(3.0)) == (100, 100, 900)


def test_ticks() -> None:
    """Round milliseconds, and one behind each gap."""
    assert [tick.label for tick in axis(README).ticks()] == [
        "2 ms",
        "3 ms",
        "4 ms",
        "5 ms",
        "3,004 ms",
    ]
    assert [tick.label for tick in axis([0.0, 0.00012]).ticks()][:2] == ["0.00 ms", "0.02 ms"]


@given(moments)
def test_time_runs_to_the_right(times: list[float]) -> None:
    """No moment stands left of an earlier one, nor outside the picture."""
    made = axis(times)
    places = [made.x(at) for at in sorted(times)]
    assert all(other >= one - 1e-6 for one, other in pairwise(places))
    assert all(LEFT - 1e-6 <= x <= RIGHT + 1e-6 for x in places)


@given(moments)
def test_ticks_leave_room(times: list[float]) -> None:
    """Two labels never touch, and there is at least one."""
    assume(max(times) - min(times) > 1e-3)
    ticks = axis(times).ticks()
    assert ticks
    for one, other in pairwise(ticks):
        assert other.x - one.x >= 70


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0, "0 ms"),
        (0.0000015, "0.0015 ms"),
        (0.0012, "1.2 ms"),
        (0.012, "12 ms"),
        (2.9989, "2,999 ms"),
        (12.3456, "12.3 s"),
        (4000, "4,000 s"),
    ],
)
def test_duration(seconds: float, told: str) -> None:
    """Three digits say enough."""
    assert duration(seconds) == told
