"""FCX203: the words for a context that several tasks push."""

from __future__ import annotations

import pytest

from pytest_flaskctx.facts import Frame, Incident, Origin
from pytest_flaskctx.rules.shared import SHARED_COPIED_CONTEXT, judge, judge_lent

SECOND = (Frame("/app.py", 9, "view"),)
LENT = "handed to a task that pushes it too, and popped without waiting for that"
FIRST = (Frame("/app.py", 8, "view"),)


def incident(slot: str, first: tuple[Frame, ...] | None = FIRST) -> Incident:
    """Return a hand-over on line 9, after one at ``first``."""
    origin = Origin("submit", first, "MainThread", None, "test_it") if first else None
    return Incident(
        kind="shared-context",
        proxy="",
        stack=SECOND,
        thread="MainThread",
        process=1,
        origin=origin,
        request=None,
        words=(slot,),
        test="test_it",
    )


@pytest.mark.parametrize(
    ("slot", "first", "message"),
    [
        (
            "request",
            FIRST,
            "one copied request context is handed to a second task while the first may still run",
        ),
        (
            "request",
            SECOND,
            "one copied request context is handed to several tasks that may run at once",
        ),
        (
            "app",
            SECOND,
            "one application context is handed to several tasks that may run at once",
        ),
        (
            "app",
            None,
            "one application context is handed to a second task while the first may still run",
        ),
    ],
)
def test_one_place_is_told_from_two(
    slot: str, first: tuple[Frame, ...] | None, message: str
) -> None:
    """A loop hands over to several, two lines to a second one; the fix is the context's."""
    verdict = judge(incident(slot, first))
    assert verdict.rule is SHARED_COPIED_CONTEXT
    assert verdict.message == message
    assert ("app.app_context()" in verdict.hint) == (slot == "app")


@pytest.mark.parametrize(
    ("slot", "message", "code"),
    [
        (
            "request",
            f"a request context is {LENT}",
            "copy_current_request_context(work)",
        ),
        (
            "app",
            f"an application context is {LENT}",
            "with app.app_context():",
        ),
    ],
)
def test_what_is_lent_may_be_waited_for(slot: str, message: str, code: str) -> None:
    """Its fix says that a wait would do as well."""
    verdict = judge_lent(incident(slot))
    assert verdict.message == message
    assert code in verdict.hint
    assert verdict.hint.endswith("`future.result()`, `thread.join()`.")


def test_the_words_of_the_rule() -> None:
    """It fails always, and its place is a hand-over."""
    assert SHARED_COPIED_CONTEXT.level == "fail"
    assert SHARED_COPIED_CONTEXT.place == "handed over again here:"
    assert SHARED_COPIED_CONTEXT.why == (
        "Whoever ends first pops the one context under the other, which then fails or loses its "
        "request, as the threads happen to run."
    )
