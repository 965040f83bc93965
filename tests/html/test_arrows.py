"""The arrow of a hand-over."""

from __future__ import annotations

from pytest_flaskctx.reports.html.arrows import arrow
from pytest_flaskctx.reports.html.figures import Arrow, Bar


def bar(x: float, y: float) -> Bar:
    return Bar("task", x, y, 50, 50, False, None, "")


def test_at_once() -> None:
    """It goes straight to the upper edge, or to the lower one from below."""
    assert arrow(100, 50, bar(103, 100)) == Arrow(
        100, 50, "M100.0 50.0L104.0 92.0", "104.0,100.0 100.0,92.0 108.0,92.0"
    )
    assert arrow(100, 250, bar(103, 100)).path == "M100.0 250.0L104.0 126.0"


def test_something_stands_in_the_way() -> None:
    """It goes straight to a later one, too: round the corner it would come by an earlier task."""
    assert arrow(100, 50, bar(200, 100), clear=False).path == "M100.0 50.0L201.0 92.0"


def test_a_clock_that_runs_backwards() -> None:
    """The task of another process may seem to begin before it was handed over."""
    assert arrow(100, 50, bar(80, 100)).path == "M100.0 50.0L100.0 92.0"


def test_later() -> None:
    """It goes down, or up, and then to the left end."""
    assert arrow(100, 50, bar(200, 100)) == Arrow(
        100,
        50,
        "M100.0 50.0V104.0Q100.0 109.0 105.0 109.0H194.0",
        "200.0,109.0 192.0,105.0 192.0,113.0",
    )
    assert arrow(100, 250, bar(200, 100)).path.startswith("M100.0 250.0V114.0Q")
    assert arrow(100, 109, bar(200, 100)).path == "M100.0 109.0V109.0H194.0"
