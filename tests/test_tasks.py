"""Tasks: handed over, begun, over; and the little that is kept of them."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from recording import Books, booked
from watching import run_thread

from pytest_flaskctx.facts import RequestFact
from pytest_flaskctx.running import begin, finish
from pytest_flaskctx.tasks import MAX_CHAIN, RequestRecord, capped, due_in
from pytest_flaskctx.threadstate import here


@pytest.fixture
def books() -> Any:
    """A recorder's stand-in."""
    return Books()


def test_a_task_is_over_after_its_last_call(books: Any) -> None:
    """A map of three calls ends with the third; one more end is no error."""
    task = booked(books)
    task.expect(2)
    for left in (2, 1, 0):
        task.ended()
        assert task.over() is (left == 0)
    assert books.over == [task]
    task.ended()
    assert task.over()


def test_what_runs_was_not_called_off(books: Any) -> None:
    """A task whose pool was ended is over only if it has not begun."""
    task = booked(books)
    task.cancelled = lambda: True
    assert task.over()
    assert task.called_off
    assert task.known_over(booked(books))
    before = begin(task)
    try:
        assert not task.over()
    finally:
        finish(task, before)
    assert task.over()
    assert not task.called_off
    assert not task.known_over(booked(books))


def test_what_ran_at_once_is_known_to_be_over(books: Any) -> None:
    """A done-callback that did so might have run elsewhere."""
    task = booked(books)
    assert not task.known_over(booked(books))
    task.inline = True
    assert task.known_over(booked(books))
    task.kind = "callback"
    assert not task.known_over(booked(books))


def test_each_task_has_a_number_of_its_own(books: Any) -> None:
    """Numbers only grow."""
    first, second = booked(books), booked(books)
    assert first.number < second.number


def test_a_chain_is_cut(books: Any) -> None:
    """Beyond so many tasks behind a task the nearest are kept and the count stays."""
    task = booked(books)
    for depth in range(1, MAX_CHAIN * 2):
        task = booked(books, capped(task))
        assert task.depth == min(depth, MAX_CHAIN)
    assert capped(None) is None


def test_a_sighting_is_settled_when_its_task_ends(books: Any) -> None:
    """What a task raised is let go of with it."""
    settled: list[int] = []

    class Sighting:
        def settle(self) -> None:
            settled.append(1)

    task = booked(books)
    task.saw(Sighting())
    task.ended()
    assert settled == [1]
    assert not task.sightings


def test_a_timer_is_due_by_the_clock() -> None:
    """The time is the clock's, the seconds on top."""
    assert due_in(2.5, clock=lambda: 10.0) == 12.5


def test_a_request_is_its_recorders(books: Any) -> None:
    """Of a request no more is kept than where it is booked, and three words when wanted."""
    record = RequestRecord(books)
    assert record.recorder is books
    assert record.fact is None
    record.words = ("GET", "/order/<name>", "order")
    assert record.fact == RequestFact("GET", "/order/<name>", "order")


def test_a_thread_without_a_task_has_none() -> None:
    """Nothing is known of a thread of which nothing was said."""
    seen: list[object] = []
    worker = threading.Thread(target=lambda: seen.append(here().muted))
    worker.start()
    worker.join()
    run_thread(lambda: seen.append(here().app))
    assert seen == [0, None]


def test_a_thread_that_is_fed_may_work_for_anybody(books: Any) -> None:
    """What it waited for first may be what it was started for; a pool's task is its own."""
    started, submitted = booked(books), booked(books)
    started.kind = "thread"
    assert [started.strays(fed) for fed in (0, 1, 2)] == [False, False, True]
    assert not submitted.strays(2)
    submitted.unsure = True
    assert submitted.strays(0)
