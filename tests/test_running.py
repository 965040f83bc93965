"""The task that a thread runs, from its beginning to its end."""

from __future__ import annotations

import threading
from types import SimpleNamespace
from typing import Any

import pytest
from recording import Books, booked

from pytest_flaskctx.running import Run, begin, finish
from pytest_flaskctx.tasks import Task, running_stack
from pytest_flaskctx.threadstate import ThreadState, here


@pytest.fixture
def books() -> Any:
    """A recorder's stand-in."""
    return Books()


def test_a_run_knows_its_task_while_it_runs(books: Any) -> None:
    """The thread has the task only inside, and passes results on."""
    task = booked(books)

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
        Run(booked(books), fail)()
    assert caught.value is error
    assert books.errors == [error]
    assert len(books.over) == 1


def test_a_run_answers_for_its_function(books: Any) -> None:
    """What is asked of the callable is asked of the user's, misses too."""

    def work() -> None:
        """Do it."""

    run = Run(booked(books), work)
    assert run.__name__ == "work"
    with pytest.raises(AttributeError, match="colour"):
        run.colour  # noqa: B018 - asking is what is tested


def test_nested_tasks_give_the_thread_back(books: Any) -> None:
    """A task run inside another's thread hands the thread back to it."""
    outer, inner = booked(books), booked(books)
    seen: list[Task | None] = []

    def work() -> None:
        Run(inner, int)()
        seen.append(here().task)

    Run(outer, work)()
    assert seen == [outer]


@pytest.mark.parametrize("runs", [True, False], ids=["run", "by hand"])
def test_what_a_task_leaves_is_looked_at_while_it_is_the_threads(books: Any, *, runs: bool) -> None:
    """Whoever runs it, and once."""
    task, looks = booked(books), []
    task.leave = lambda left: looks.append((left, here().task))
    if runs:
        Run(task, int)()
    else:
        finish(task, begin(task))
    assert looks == [(task, task)]
    assert here().task is not task


@pytest.mark.parametrize("way", ["run", "by hand"])
def test_a_call_is_written_down_where_a_picture_is_wanted(books: Any, way: str) -> None:
    """Its beginning and its end, in the thread that makes it."""
    seen: list[tuple[str, Task, ThreadState]] = []
    books.chronicle = SimpleNamespace(
        begun=lambda task, thread: seen.append(("begun", task, thread)),
        ended=lambda task, thread: seen.append(("ended", task, thread)),
    )
    task = booked(books)
    if way == "run":
        Run(task, int)()
    else:
        finish(task, begin(task))
    assert seen == [("begun", task, here()), ("ended", task, here())]
