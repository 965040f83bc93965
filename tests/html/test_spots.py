"""The marks of a lane."""

from __future__ import annotations

from builders import finding
from stories import mark

from pytest_flaskctx.reports.html.choosing import Leak, Point
from pytest_flaskctx.reports.html.figures import ROOM
from pytest_flaskctx.reports.html.spots import TAG, Marked, spots


def marked(*places: tuple[int, float]) -> Marked:
    """Return what is made of marks: the number of the finding, and where each stands."""
    points = [
        Point(mark(0, x, finding()), Leak(number, finding(proxy=f"p{number}")), None, None)
        for number, x in places
    ]
    return spots(points, 100, lambda point: (point.mark.at, 50.0))


def labels(found: Marked) -> list[str]:
    return [spot.label.text for spot in found.spots if spot.label]


def test_those_at_one_place_are_one() -> None:
    """If they are of one finding: each finding can be reached."""
    found = marked((1, 300), (1, 301), (2, 302))
    assert [spot.leak.number for spot in found.spots] == [1, 2]
    assert labels(found) == ["p1 · FCX101, 2 times", "p2 · FCX101"]
    assert found.spots[0].name.startswith("FCX101 unbound-access at 300 s, 2 times: ")


def test_only_the_first_of_its_kind_has_a_label() -> None:
    """A second one would say the same, be it of another finding."""
    found = marked((1, 300), (1, 500), (1, 700))
    assert labels(found) == ["p1 · FCX101"]
    assert found.height == TAG


def test_labels_stand_in_rows() -> None:
    """Up to a number of rows; the marks are all there."""
    found = marked(*((n, 300 + n) for n in range(5)))
    assert len(labels(found)) == 3
    assert len({spot.label_y for spot in found.spots if spot.label}) == 3
    assert len(found.spots) == 5
    assert found.height == 3 * TAG


def test_at_the_right_end() -> None:
    """A label does not leave the picture."""
    (spot,) = marked((1, 900)).spots
    assert spot.label is not None
    assert spot.label.end == ROOM[1]


def test_none() -> None:
    """A lane without a mark has no room for any."""
    assert marked() == Marked([], 0)
