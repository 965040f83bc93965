"""FCX901: a task that a request handed over still ran when the drain gave up."""

from __future__ import annotations

from pytest_flaskctx.rules.base import Rule

UNFINISHED_WORK = Rule(
    "FCX901",
    "unfinished-work",
    "strict",
    "A task handed over by a request still ran when the test was over.",
)


def message(kind: str, *, begun: bool) -> str:
    """Return what is wrong, in one sentence without a full stop."""
    how = "still ran" if begun else "had not begun"
    return f"work that a request handed over by {kind} {how} when the test was over"


HINT = (
    "End what the test began: join the thread, or shut the pool down, in a fixture's teardown.\n"
    "What still runs when the test is over can leak into the tests that follow, unseen."
)
