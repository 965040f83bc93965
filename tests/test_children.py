"""The child's side: what it writes."""

from __future__ import annotations

import contextvars
import os
import sys
from pathlib import Path

import pytest
from childhood import APP, START, TOLD, child, handed, refuse, told_of
from errands import insist, size
from flask import current_app, g
from watching import run_thread, watched

from pytest_flaskctx import children, errands, letters
from pytest_flaskctx.board import board
from pytest_flaskctx.children import ChildRecorder
from pytest_flaskctx.contexts import bound_request
from pytest_flaskctx.errands import Errand
from pytest_flaskctx.letters import Aftermath, Seen
from pytest_flaskctx.papers import ProcessRun
from pytest_flaskctx.reading import Closed
from pytest_flaskctx.system import System
from pytest_flaskctx.tasks import RequestRecord, Task
from pytest_flaskctx.threadstate import here


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the child writes."""
    return tmp_path


def test_an_unbound_access_is_told_with_its_task(folder: Path) -> None:
    """The parent's number names the task; where, when and in which thread is told as well."""
    with child(folder) as at:
        assert ProcessRun(TOLD, size)() == "none"
        seen, after = at.letters
    assert isinstance(seen, Seen)
    assert (seen.proxy, seen.operation, seen.task, seen.started) == (
        "request",
        "__getattr__",
        (5,),
        None,
    )
    assert (seen.context, seen.process, seen.extension) == (None, os.getpid(), False)
    assert seen.thread.startswith("MainThread")
    assert seen.stack[0][2] == "size" or seen.stack[1][2] == "size"
    assert isinstance(after, Aftermath)
    assert (after.mark, after.escaped) == (seen.mark, False)
    assert any(file.endswith("errands.py") for file in after.paths[0])


def test_an_error_that_leaves_its_task_is_told(folder: Path) -> None:
    """It is passed on as it is, and marked for whoever receives it."""
    with child(folder) as at:
        with pytest.raises(RuntimeError) as raised:
            ProcessRun(TOLD, insist)()
        seen, after = at.letters
    assert isinstance(after, Aftermath)
    assert after.escaped
    assert isinstance(seen, Seen)
    assert seen.mark in vars(raised.value).values()


def test_equal_accesses_of_a_task_are_told_once(folder: Path) -> None:
    """Those of another task are told again: that may be another test's."""
    with child(folder) as at:
        for name in ("1.5", "1.5", "1.6"):
            run = ProcessRun(TOLD._replace(name=name), size)
            run()
            run()
        assert len(at.seen) == 2


def test_what_a_process_does_by_itself_is_told_again(folder: Path, monkeypatch) -> None:
    """A worker that a queue feeds works for one test after the other; but not in a tight loop."""
    times = iter([1.0, 1.0 + children.PAUSE / 2, 1.0 + 2 * children.PAUSE])
    with child(folder) as at:
        monkeypatch.setattr(System, "monotonic", lambda: next(times))
        for _ in range(3):
            size()
        first, second = at.seen
    assert (first.at, second.at) == (1.0, 1.0 + 2 * children.PAUSE)
    assert first.task == (4,)
    assert first.mark != second.mark


def test_a_child_tells_no_more_than_it_may(folder: Path, monkeypatch) -> None:
    """Whatever a program does, the disk is not filled."""
    monkeypatch.setattr(children, "MAX_LINES", 2)
    with child(folder) as at:
        for number in range(4):
            assert ProcessRun(TOLD._replace(name=f"1.{number}"), size)() == "none"
        assert len(at.seen) == 2


def test_an_inherited_context_is_told_by_its_number(folder: Path) -> None:
    """It is nobody's in this process; whose request it is, the words say."""
    with watched(), APP.test_request_context("/?size=9") as context:
        record = vars(context)["_pytest_flaskctx"]
        record.number = 3
        told = told_of(handed())
        with child(folder) as at:
            ProcessRun(told, size)()
            ProcessRun(TOLD._replace(name="1.6", served="1.77", app=5), size)()
            ProcessRun(TOLD._replace(name="1.7"), size)()
            own, foreign, nobodys = (each.context for each in at.seen)
    assert own is not None
    assert own == letters.Read(
        3,
        False,
        False,
        False,
        True,
        True,
        "MainThread",
        True,
        own.request,
        False,
        record.owner.turns,
    )
    assert own.request == ("GET", "/", None)
    assert foreign == own._replace(same_request=False, same_app=False)
    assert nobodys == foreign


def test_where_the_context_came_from_is_told(folder: Path) -> None:
    """An inherited one came with the process, unless the task is that process itself."""
    with watched(), APP.test_request_context("/?size=9"):
        with child(folder) as at:
            ProcessRun(TOLD, size)()
            here().task = None
            size()
            assert [each.started for each in at.seen] == [(4,), (4,)]
            assert [each.task for each in at.seen] == [(5,), None]
        with child(folder) as at:
            assert current_app.name == "shop"
            assert (at.seen[-1].task, at.seen[-1].started) == ((4,), None)


def test_a_pools_worker_is_no_task(folder: Path) -> None:
    """What its initializer reads is told with where the pool was made."""
    with child(folder, START._replace(carries_work=False)) as at:
        size()
    (seen,) = at.seen
    assert (seen.task, seen.started) == (None, (4,))


def test_contexts_of_its_own_are_no_concern(folder: Path) -> None:
    """A server, a worker's own application context, a test client: nothing is told."""
    with child(folder) as at:
        with APP.test_request_context("/?size=4"):
            assert size() == "4"
        with APP.app_context():
            g.user = current_app.name
        assert not at.letters


def test_a_context_of_its_own_in_another_thread_is_told(folder: Path) -> None:
    """Its own, as the facts say; whether somebody waits is for no child to judge."""
    with child(folder) as at:
        with APP.test_request_context("/?size=4"):
            copied = contextvars.copy_context()
            task = handed(elsewhere=False)

            def ask() -> None:
                here().task = task
                copied.run(size)

            run_thread(ask)
        (seen,) = at.seen
    assert seen.context is not None
    assert (seen.context.here, seen.context.own, seen.context.over) == (True, False, False)
    assert seen.context.same_request
    assert seen.task is not None
    first, last = seen.task
    assert last == 4
    assert isinstance(first, letters.Handed)
    assert (first.kind, first.request, first.inline) == ("submit", ("GET", "/", None), False)
    assert any(place[2].endswith("in_another_thread_is_told") for place in first.stack)
    assert seen.started is None


def test_a_thread_that_inherits_is_told_with_its_start(folder: Path) -> None:
    """Where threads start with a copied context, that came with the thread."""
    with child(folder, inherits=True) as at:
        started = handed(elsewhere=False)
        other = handed(elsewhere=False)
        with APP.test_request_context("/?size=4"):
            copied = contextvars.copy_context()

            def ask(task: Task) -> None:
                here().started, here().task = started, task
                copied.run(size)

            run_thread(lambda: ask(other))
            run_thread(lambda: ask(started))
        first, second = at.seen
    assert first.started is not None
    assert len(first.started) == 2
    assert second.started is None


def test_two_requests_of_a_child_are_told_apart(folder: Path) -> None:
    """One that this process made can only be another's where this process told of it."""
    with child(folder):
        recorder = board.child
        assert isinstance(recorder, ChildRecorder)
        with APP.test_request_context("/"):
            made = bound_request(here())
        asking = recorder.known(TOLD._replace(served="1.7"))
        assert made is not None
        assert children._same(made, made) is True
        assert children._same(made, None) is False
        assert children._same(None, asking) is False
        assert children._same(made, asking) is False
        assert children._same(asking, made) is False
        errands.key_of(made)
        assert children._same(made, recorder.known(TOLD._replace(served=made.key))) is True
        # Pushed by the parent in another thread, and not bound when this one was forked.
        unknown = type(made)(recorder=Errand(TOLD, recorder).recorder)
        unknown.recorder = object()  # type: ignore[assignment]
        assert children._same(unknown, asking) is None


def test_only_accesses_are_told(folder: Path) -> None:
    """What else a probe notes, and what is to be looked at later, nobody asks a child for."""
    with child(folder) as at:
        recorder = board.child
        assert recorder is not None
        recorder.note("shared-context", ())
        recorder.check("over", refuse)  # type: ignore[arg-type]
        assert not recorder.checks
        assert not at.letters
        with pytest.raises(LookupError, match="known to its parent"):
            recorder.hub.render(())


def test_what_was_closed_is_nothing_of_a_childs(folder: Path) -> None:
    """A body is read late in the process that served its request, if at all."""
    with child(folder) as at:
        recorder = board.child
        assert isinstance(recorder, ChildRecorder)
        closed = Closed(RequestRecord(recorder), "main")
        recorder.see("request", "body", sys._getframe(), context=lambda task: closed)
        assert not at.letters
