"""Tasks: handed over, begun, over; and the little that is kept of them."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from watching import run_thread

from pytest_flaskctx.facts import RequestFact
from pytest_flaskctx.tasks import (
    MAX_CHAIN,
    RequestRecord,
    Run,
    Subject,
    Task,
    Wake,
    begin,
    capped,
    due_in,
    finish,
    running_stack,
)
from pytest_flaskctx.threadstate import here


class Books:
    """Writes down what a recorder is told."""

    def __init__(self) -> None:
        self.over: list[Task] = []
        self.errors: list[BaseException] = []

    def task_over(self, task: Task) -> None:
        self.over.append(task)

    def raised(self, error: BaseException) -> None:
        self.errors.append(error)


@pytest.fixture
def books() -> Any:
    """A recorder's stand-in."""
    return Books()


def make(books: Any, parent: Task | None = None) -> Task:
    """Hand over a task."""
    return Task("submit", (), thread="main", request=None, recorder=books, parent=parent)


def test_what_is_recorded_for_no_test_is_nowhere() -> None:
    """Between tests there is no name, no place and no code to tell of."""
    between = Subject()
    assert (between.name, between.location, between.code) == ("", ("", None, ""), None)


def test_a_task_is_over_after_its_last_call(books: Any) -> None:
    """A map of three calls ends with the third; one more end is no error."""
    task = make(books)
    task.expect(2)
    for left in (2, 1, 0):
        task.ended()
        assert task.over() is (left == 0)
    assert books.over == [task]
    task.ended()
    assert task.over()


def test_what_runs_was_not_called_off(books: Any) -> None:
    """A task whose pool was ended is over only if it has not begun."""
    task = make(books)
    task.cancelled = lambda: True
    assert task.over()
    before = begin(task)
    try:
        assert not task.over()
    finally:
        finish(task, before)
    assert task.over()


def test_a_run_knows_its_task_while_it_runs(books: Any) -> None:
    """The thread has the task only inside, and passes results on."""
    task = make(books)

    def work(number: int, *, plus: int) -> int:
        assert here().task is task
        assert task.ident == threading.get_ident()
        assert task.runner == threading.current_thread().name
        assert running_stack(task) is not None
        return number + plus

    assert running_stack(task) is None
    before = here().task
    assert Run(task, work)(1, plus=2) == 3
    assert here().task is before
    assert running_stack(task) is None
    assert books.over == [task]


@pytest.mark.parametrize("error", [KeyError("x"), SystemExit(3), KeyboardInterrupt()])
def test_a_run_passes_errors_on(books: Any, error: BaseException) -> None:
    """Any error leaves as it came, is told to the recorder, and the task is over."""

    def fail() -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        Run(make(books), fail)()
    assert caught.value is error
    assert books.errors == [error]
    assert len(books.over) == 1


def test_a_run_answers_for_its_function(books: Any) -> None:
    """What is asked of the callable is asked of the user's, misses too."""

    def work() -> None:
        """Do it."""

    run = Run(make(books), work)
    assert run.__name__ == "work"
    with pytest.raises(AttributeError, match="colour"):
        run.colour  # noqa: B018 - asking is what is tested


def test_nested_tasks_give_the_thread_back(books: Any) -> None:
    """A task run inside another's thread hands the thread back to it."""
    outer, inner = make(books), make(books)
    seen: list[Task | None] = []

    def work() -> None:
        Run(inner, int)()
        seen.append(here().task)

    Run(outer, work)()
    assert seen == [outer]


def test_each_task_has_a_number_of_its_own(books: Any) -> None:
    """Numbers only grow."""
    first, second = make(books), make(books)
    assert first.number < second.number


def test_a_chain_is_cut(books: Any) -> None:
    """Beyond so many tasks behind a task the nearest are kept and the count stays."""
    task = make(books)
    for depth in range(1, MAX_CHAIN * 2):
        task = make(books, capped(task))
        assert task.depth == min(depth, MAX_CHAIN)
    assert capped(None) is None


def test_a_sighting_is_settled_when_its_task_ends(books: Any) -> None:
    """What a task raised is let go of with it."""
    settled: list[int] = []

    class Sighting:
        def settle(self) -> None:
            settled.append(1)

    task = make(books)
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


def test_a_wake_takes_itself_back() -> None:
    """However often it was set, one wait is let go, at once; the next one waits."""
    wake = Wake()
    assert not wake.wait(0)
    wake.set()
    wake.set()
    assert wake.wait(0)
    assert not wake.wait(0)
