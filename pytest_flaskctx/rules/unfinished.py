"""FCX901: a task that a request handed over still ran when the drain gave up."""

from __future__ import annotations

from pytest_flaskctx.rules.base import Rule

UNFINISHED_WORK = Rule(
    "FCX901",
    "unfinished-work",
    "strict",
    "A task handed over by a request still ran when the test was over.",
    "What still runs then can leak, fail or change data during the tests that follow.",
    place="still running here:",
)


def message(kind: str, *, begun: bool, elsewhere: bool = False) -> str:
    """Return what is wrong, in one sentence without a full stop.

    Args:
        kind: the mechanism by which it was handed over.
        begun: whether it had begun.
        elsewhere: whether another process does it, and when it begins is not known.
    """
    if elsewhere:
        kind, begun = f"{kind} to another process", True
    how = "still ran" if begun else "had not begun"
    return f"work that a request handed over by {kind} {how} when the test was over"


HINT = "End what the test began: join the thread, or shut the pool down, in a fixture's teardown."
