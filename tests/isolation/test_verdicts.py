"""What an exploration comes to."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_flaskctx.isolation.verdicts import IsolationResult


@pytest.mark.parametrize(
    ("verdict", "isolated"), [("isolated", True), ("inconclusive", False), ("bleeds", False)]
)
def test_only_what_was_explored_is_isolated(verdict: Any, isolated: bool) -> None:
    """What could not be told is not."""
    made = IsolationResult(verdict, "", False, 1, 1, 1, (), (), (), "x")
    assert made.isolated is isolated
