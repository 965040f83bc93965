"""FCX901: a task that a request handed over still ran when the drain gave up."""

from __future__ import annotations

from pytest_flaskctx.rules.base import Rule

UNFINISHED_WORK = Rule(
    "FCX901",
    "unfinished-work",
    "strict",
    "A task handed over by a request still ran when the test was over.",
)


def message(kind: str, thread: str) -> str:
    """Return what is wrong, in one sentence without a full stop."""
    where = f" in thread {thread!r}" if thread else ", or had not begun,"
    return f"work handed over by {kind} still ran{where} when the test was over"


HINT = (
    "End what the test began: shut the pool down or join the thread in a fixture's teardown, or\n"
    "wait for the future. What still runs then can leak into the tests that follow, unseen."
)
