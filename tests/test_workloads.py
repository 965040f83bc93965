"""What is recorded for, and how its waits are woken."""

from __future__ import annotations

from pytest_flaskctx.workloads import Subject, Wake


def test_what_is_recorded_for_no_test_is_nowhere() -> None:
    """Between tests there is no name, no place and no code to tell of."""
    between = Subject()
    assert (between.name, between.location, between.code) == ("", ("", None, ""), None)


def test_a_wake_takes_itself_back() -> None:
    """However often it was set, one wait is let go, at once; the next one waits."""
    wake = Wake()
    assert not wake.wait(0)
    wake.set()
    wake.set()
    assert wake.wait(0)
    assert not wake.wait(0)
