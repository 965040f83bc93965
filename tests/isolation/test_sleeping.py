"""Sleeping in a participant: free, and a chance for others to go on."""

from __future__ import annotations

import queue
import threading
import time

import pytest
from stepping import step, stepped

from pytest_flaskctx.isolation.locks import made
from pytest_flaskctx.isolation.policies import Scheduled
from pytest_flaskctx.isolation.sleeping import SLEEP, patched, sleeper, to_next_second
from pytest_flaskctx.isolation.turns import NAPS


class Clock:
    """Something to sleep by, which only notes for how long."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.sleep = sleeper(self.slept.append)


@pytest.fixture
def clock() -> Clock:
    """One that notes."""
    return Clock()


def test_threads_that_are_no_participants_sleep_as_ever(clock: Clock) -> None:
    """For as long as they want to."""
    clock.sleep(3)
    assert clock.slept == [3]


def test_a_participant_does_not_sleep(clock: Clock) -> None:
    """However long it wants to."""
    _, (outcome,) = stepped(Scheduled(()), lambda: clock.sleep(3600))
    assert outcome.ended
    assert outcome.error is None
    assert clock.slept == []


def test_a_time_that_cannot_be_is_refused_as_ever() -> None:
    """The real one says so."""
    _, (outcome,) = stepped(Scheduled(()), lambda: sleeper(SLEEP)(-1))
    assert isinstance(outcome.error, ValueError)


def test_who_sleeps_again_and_again_lets_another_go_on(clock: Clock) -> None:
    """It may wait for what that one does."""
    done: list[int] = []

    def waits() -> None:
        while not done:
            clock.sleep(1)

    turns, _ = stepped(Scheduled(()), waits, lambda: (step(), done.append(1)))
    assert turns.trouble is None
    assert [point.who for point in turns.points] == [1]
    assert clock.slept == []


def test_who_sleeps_on_alone_waits_for_a_thread_of_the_programs(clock: Clock) -> None:
    """That needs time, a millisecond at once."""

    def waits() -> None:
        while len(clock.slept) < 3:
            clock.sleep(1)
            naps.append(1)

    naps: list[int] = []
    stepped(Scheduled(()), waits)
    assert clock.slept == [0.001] * 3
    assert len(naps) > 10 * NAPS
    stepped(Scheduled(()), lambda: [clock.sleep(0) for _ in naps])
    assert clock.slept[3:] == [0, 0, 0]


def test_all_sleep_by_it_within_the_block() -> None:
    """It is put back at the end."""
    before = time.sleep
    with patched():
        during = time.sleep
        _, (outcome,) = stepped(Scheduled(()), lambda: time.sleep(3600))
    assert outcome.error is None
    assert during is not before is time.sleep is SLEEP


@pytest.mark.parametrize(("now", "waits"), [(7.0, 1.01), (7.25, 0.76), (7.99, 0.02)])
def test_it_is_waited_until_clocks_tell_another_second(now: float, waits: float) -> None:
    """A little longer than it lasts."""
    slept: list[float] = []
    to_next_second(lambda: now, slept.append)
    assert slept == [pytest.approx(waits)]


def test_clocks_are_ahead_by_what_was_slept() -> None:
    """A loop that sleeps until a moment comes to its end; whoever is no participant sees no change."""
    seen: list[float] = []

    def until() -> None:
        begun = time.monotonic()
        while time.monotonic() < begun + 3600:
            time.sleep(600)
        seen.append(time.monotonic() - begun)

    before = time.monotonic
    with patched():
        _, (outcome,) = stepped(Scheduled(()), until)
        assert abs(time.monotonic() - before()) < 600
    assert outcome.error is None
    assert 3600 <= seen[0] < 4200
    assert time.monotonic is before


def test_a_wait_with_a_timeout_takes_no_time() -> None:
    """Though a condition waits again until its moment, and a queue does."""
    got: list[object] = []

    def waits() -> None:
        with made(), patched():
            condition = threading.Condition()
            with condition:
                got.append(condition.wait_for(lambda: False, timeout=3600))
            try:
                queue.Queue().get(timeout=3600)
            except queue.Empty as error:
                got.append(type(error))

    turns, (outcome,) = stepped(Scheduled(()), waits)
    assert turns.trouble is None
    assert outcome.error is None
    assert got == [False, queue.Empty]


def test_a_clock_that_is_not_there_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """Modules of the standard library may come to know theirs by another name."""
    monkeypatch.delattr(queue, "time")
    with patched():
        assert not hasattr(queue, "time")
