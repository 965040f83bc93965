"""Grouping: one finding a leak site, the most certain first, the same in every run."""

from __future__ import annotations

import pytest
from builders import finding, frame, handover, site
from hypothesis import given
from hypothesis import strategies as st

from pytest_flaskctx.facts import RequestFact
from pytest_flaskctx.findings import Finding
from pytest_flaskctx.grouping import group, place


@given(st.permutations([finding(tests=(name,), stack=(frame(1, name),)) for name in "abc"]))
def test_grouping_does_not_depend_on_order(found: list[Finding]) -> None:
    """Which test's stack stands for a site is the same however the tests were spread."""
    (merged,) = group(found)
    assert merged.stack == (frame(1, "a"),)


OTHER = handover(request=RequestFact("GET", "/other", "other"))
SAME_TEST = [
    finding(stack=(frame(1, "b"),), thread="T-1"),
    finding(stack=(frame(1, "a"),), thread="T-3", count=2),
    finding(stack=(frame(1, "a"),), thread="T-2", handover=OTHER),
    finding(stack=(frame(1, "a"),), thread="T-2", handover=handover(parent=OTHER)),
    finding(stack=(frame(1, "a"),), started=OTHER),
]


@given(st.permutations(SAME_TEST))
def test_grouping_within_a_test_does_not_depend_on_order(found: list[Finding]) -> None:
    """Which of two tasks of one test came first is chance; what stands for their site is not."""
    (merged,) = group(found)
    (expected,) = group(SAME_TEST)
    assert merged == expected
    assert merged.count == 6


@pytest.mark.parametrize("names", [("a", "b"), ("b", "a")])
def test_the_first_use_of_a_task_stands_for_a_line(names: tuple[str, str]) -> None:
    """What a library does at one line of a task comes in the program's own order."""
    inner = [frame(1, name, "/lib/flask.py", kind="flask") for name in names]
    uses = [finding(stack=(each, frame(15, "work")), proxy=each.function) for each in inner]
    (merged,) = group(uses)
    assert merged.proxy == names[0]


@given(st.permutations([finding(site=site(expression=text), count=2) for text in ("a", "b", "c")]))
def test_sites_of_one_line_have_an_order(found: list[Finding]) -> None:
    """Two expressions of a line are two sites, in an order of their own: not of arrival or count."""
    names = [each.expression for each in group(found)]
    assert names == [each.expression for each in sorted(found, key=place)]


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
