"""Grouping: one finding a leak site, the most certain first, the same in every run."""

from __future__ import annotations

from builders import finding, frame, handover, site
from hypothesis import given
from hypothesis import strategies as st

from pytest_flaskctx.findings import Finding
from pytest_flaskctx.grouping import group


@given(st.permutations([finding(tests=(name,), stack=(frame(1, name),)) for name in "abc"]))
def test_grouping_does_not_depend_on_order(found: list[Finding]) -> None:
    """Which test's stack stands for a site is the same however the tests were spread."""
    (merged,) = group(found)
    assert merged.stack == (frame(1, "a"),)


def test_group_keeps_sites_apart() -> None:
    """Another line, another hand-over or another status is another site."""
    other = handover()
    assert other.site
    elsewhere = other._replace(site=other.site._replace(line=99))
    found = [
        finding(),
        finding(site=site(line=16)),
        finding(handover=elsewhere),
        finding(handover=None),
        finding(status="allowed"),
    ]
    assert len(group(found)) == len(found)


def test_group_takes_the_gravest_level() -> None:
    """A site that fails in one test and is a warning in another one fails."""
    (merged,) = group([finding(level="warning", tests=("a",)), finding(tests=("b",))])
    assert merged.level == "error"


def test_group_puts_the_most_certain_first() -> None:
    """What fails, then errors, one user's data shown to another, FCX101, what was seen most often."""
    ordered = [
        finding(site=site(line=7), code="FCX202"),
        finding(site=site(line=6), code="FCX401", count=3),
        finding(site=site(line=5), count=9),
        finding(site=site(line=4), count=2),
        finding(site=site(line=3), code="FCX901", count=99),
        finding(site=site(line=2), status="allowed"),
        finding(site=site(line=1), level="warning"),
    ]
    assert group(reversed(ordered)) == ordered
