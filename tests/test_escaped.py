"""FCX206: what is told of real objects that went along with a task."""

from __future__ import annotations

import pytest
from test_handed import incident

from pytest_flaskctx.rules.escaped import ESCAPED_OBJECT, judge, untold


@pytest.mark.parametrize(
    ("proxy", "repair"),
    [
        ("request", "data = request.get_json()"),
        ("session", 'cart = session["cart"]'),
        ("g", "tenant = g.tenant"),
    ],
)
def test_one_object(proxy: str, repair: str) -> None:
    """It is named by its proxy, with how it goes along; the repair is to read it before."""
    verdict = judge(incident(proxy, "as argument 2"))
    assert verdict.rule is ESCAPED_OBJECT
    assert verdict.message == (
        f"the real object behind `{proxy}` (as argument 2) is handed to a task "
        "that the request does not wait for"
    )
    assert verdict.hint == (
        f"Read what the task needs of `{proxy}` before it is handed over, and pass that. "
        f"For example:\n\n    {repair}"
    )
    assert not verdict.library


def test_several_objects() -> None:
    """One hand-over is one sentence."""
    verdict = judge(incident("request", "as argument 1", "g", "as keyword `it`"))
    assert verdict.message == (
        "the real objects behind `request` (as argument 1) and `g` (as a keyword) "
        "are handed to a task that the request does not wait for"
    )


def test_what_a_library_hands_over_is_its_own_affair() -> None:
    """The user has nothing to repair there."""
    verdict = judge(incident("request", "as argument 1", library=True))
    assert verdict.library
    assert verdict.hint == "Nothing to repair here: the library hands over what it chose itself."


def test_what_came_of_it_is_left_out() -> None:
    """Of two objects one may be told already; without any left there is nothing to tell."""
    both = incident("request", "as argument 1", "g", "as argument 2")
    rest = untold(both, {("FCX201", "request")})
    assert rest is not None
    assert (rest.proxy, rest.words) == ("g", ("g", "as argument 2"))
    assert untold(both, {("FCX201", "request"), ("FCX202", "g")}) is None
    assert untold(both, {("FCX204", "")}) == both
