"""FCX901: the words for what still ran."""

from __future__ import annotations

from pytest_flaskctx.rules.unfinished import HINT, UNFINISHED_WORK, message


def test_work_that_ran_is_told_from_work_that_waited() -> None:
    """A task that had not begun is not said to run."""
    assert message("submit", begun=True) == (
        "work that a request handed over by submit still ran when the test was over"
    )
    assert message("timer", begun=False) == (
        "work that a request handed over by timer had not begun when the test was over"
    )


def test_of_work_elsewhere_it_is_not_known_whether_it_had_begun() -> None:
    """It was not over, that is all."""
    assert message("submit", begun=False, elsewhere=True) == (
        "work that a request handed over by submit to another process still ran when the test was "
        "over"
    )


def test_the_hint_says_what_to_do() -> None:
    """It names the fixture's teardown, and ends in a full stop."""
    assert "teardown" in HINT
    assert HINT.endswith(".")
    assert (UNFINISHED_WORK.code, UNFINISHED_WORK.level) == ("FCX901", "strict")
