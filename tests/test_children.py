"""The child's side: what it writes, played in this process as if it were another one."""

from __future__ import annotations

import contextvars
import os
import pickle
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from errands import double, insist, size
from flask import Flask, current_app, g
from watching import Watched, run_thread, watched

from pytest_flaskctx import children, letters
from pytest_flaskctx.board import board
from pytest_flaskctx.children import ChildRecorder, Errand, Papers, ProcessRun, Told
from pytest_flaskctx.contexts import bound_request
from pytest_flaskctx.letters import Aftermath, Seen
from pytest_flaskctx.probes.handover import hand_over
from pytest_flaskctx.reading import Closed
from pytest_flaskctx.tasks import RequestRecord, Task
from pytest_flaskctx.threadstate import here, mine

APP = Flask("shop")
TOLD = Told("1.5", "submit", (5,), "", None, 0, True)
START = TOLD._replace(name="1.4", kind="process", chain=(4,))


def arrive(proxies: object) -> None:
    """Stand for what installs the probes: here they are in place."""


def refuse(proxies: object) -> None:
    """Stand for probes that cannot be installed."""
    raise ImportError("no Flask of ours")


class Child:
    """What a child wrote."""

    def __init__(self, folder: Path, watch: Watched) -> None:
        self.folder = folder
        self.watch = watch

    @property
    def letters(self) -> list[Seen | Aftermath]:
        """All of it."""
        lines = [line for file in self.folder.glob("*.jsonl") for line in file.open("rb")]
        read = [letters.read(line) for line in lines]
        assert None not in read
        return [each for each in read if each is not None]

    @property
    def seen(self) -> list[Seen]:
        """The accesses."""
        return [each for each in self.letters if isinstance(each, Seen)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the child writes."""
    return tmp_path


@contextmanager
def child(folder: Path, told: Told = START, *, inherits: bool = False) -> Iterator[Child]:
    """Be a forked child in the block."""
    with watched() as watch:
        before, board.inherits = vars(board).copy(), inherits
        state = here()
        try:
            Papers(str(folder), arrive, (), told).enter()
            yield Child(folder, watch)
        finally:
            mine.state = state
            vars(board).clear()
            vars(board).update(before)


def told_of(task: Task) -> Told:
    """Return what a child is told, with a task that stands behind it."""
    return Told.of(task)


def handed(elsewhere: bool = True) -> Task:
    """Hand a task over to another process."""
    task = hand_over("submit", sys._getframe(), size, elsewhere=elsewhere)
    assert task is not None
    return task


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
        monkeypatch.setattr(children, "time", SimpleNamespace(monotonic=lambda: next(times)))
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
    assert own == letters.Read(3, False, False, False, True, True, "MainThread", True, own.request)
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
        children.key_of(made)
        assert children._same(made, recorder.known(TOLD._replace(served=made.key))) is True
        # Pushed by the parent in another thread, and not bound when this one was forked.
        unknown = type(made)(recorder=Errand(TOLD, recorder).recorder)
        unknown.recorder = object()  # type: ignore[assignment]
        assert children._same(unknown, asking) is None


def test_a_chain_ends_with_the_parents_number(folder: Path) -> None:
    """However many tasks a child puts before it; without one, the chain is the child's own."""
    with child(folder):
        outer = handed(elsewhere=False)
        here().task = outer
        assert children.chain_of(handed(elsewhere=False))[2:] == (4,)
        assert children.name_of(outer) == f"{os.getpid()}.{outer.number}"
        here().task = None
        assert len(children.chain_of(handed(elsewhere=False))) == 1
    with watched():
        task = handed()
        assert children.chain_of(task) == (task.number,)
        assert children.name_of(None) == ""


def test_the_function_is_pickled_as_it_would_be(folder: Path) -> None:
    """It arrives with its task; where nobody watches, alone; and a lambda arrives nowhere."""
    run = ProcessRun(TOLD, double)
    assert pickle.loads(pickle.dumps(run)) is double
    assert run(4) == 8
    with child(folder):
        arrived = pickle.loads(pickle.dumps(run))
        assert isinstance(arrived, ProcessRun)
        assert arrived(4) == 8
    refused = []
    for thing in (lambda: 1, ProcessRun(TOLD, lambda: 1)):
        try:
            pickle.dumps(thing)
        except Exception as error:
            refused.append(type(error))
    assert len(refused) == 2
    assert refused[0] is refused[1]


@pytest.mark.parametrize(
    "python", [None, "/another/python", b"/another/python"], ids=["none", "other", "bytes"]
)
def test_who_cannot_import_us_gets_the_function_alone(folder: Path, monkeypatch, python) -> None:
    """A process of another Python must not break for want of a package."""
    spawn = SimpleNamespace(get_executable=lambda: python)
    monkeypatch.setitem(sys.modules, "multiprocessing.spawn", spawn)
    with child(folder):
        assert pickle.loads(pickle.dumps(ProcessRun(TOLD, double))) is double
        assert pickle.loads(pickle.dumps(Papers(str(folder), arrive, (), START))) == ()


def test_who_does_not_find_us_gets_the_function_alone(folder: Path, monkeypatch) -> None:
    """Nor must one whose path was changed."""
    monkeypatch.delitem(sys.modules, "multiprocessing.spawn", raising=False)
    with child(folder):
        assert isinstance(pickle.loads(pickle.dumps(ProcessRun(TOLD, double))), ProcessRun)
        home = str(Path(children.__file__).parent.parent)
        monkeypatch.setattr(sys, "path", [each for each in sys.path if each != home])
        assert pickle.loads(pickle.dumps(ProcessRun(TOLD, double))) is double


def test_papers_make_a_child_of_who_reads_them(folder: Path) -> None:
    """A spawned process reads them with the process that it is; once is enough."""
    with child(folder):
        board.child = None
        papers = pickle.loads(pickle.dumps(Papers(str(folder), arrive, (), START)))
        recorder = board.child
        assert isinstance(recorder, ChildRecorder)
        assert isinstance(here().started, Errand)
        papers.enter()
        assert board.child is recorder
        papers.leave()
        assert here().started.over()


def test_a_child_that_cannot_be_watched_goes_on(folder: Path) -> None:
    """Whatever fails there is not the program's failure."""
    with child(folder):
        board.child = None
        papers = pickle.loads(pickle.dumps(Papers(str(folder), refuse, (), START)))
        assert board.child is None
        papers.leave()


def test_a_childs_child_is_one_of_its_own(folder: Path, monkeypatch) -> None:
    """It has its parent's modules as they were, and must not take itself for that one."""
    with child(folder):
        parent = board.child
        monkeypatch.setattr(os, "getpid", lambda: -1)
        Papers(str(folder), arrive, (), START).enter()
        assert board.child is not parent


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


def test_who_runs_tests_is_nobodys_child(folder: Path) -> None:
    """A process that was forked for a test records for itself."""
    with child(folder) as at:
        at.watch.engine.begin(at.watch.recorder.subject)
        assert board.child is None
        run_thread(size)
        assert board.current is not None
        assert len(board.current.sightings) == 1
        assert not at.letters


def test_leaving_without_a_start_is_nothing(folder: Path) -> None:
    """A child may know no start of its own."""
    with child(folder):
        recorder: Any = board.child
        recorder.started = None
        Papers(str(folder), arrive, (), START).leave()


def test_what_was_closed_is_nothing_of_a_childs(folder: Path) -> None:
    """A body is read late in the process that served its request, if at all."""
    with child(folder) as at:
        recorder = board.child
        assert isinstance(recorder, ChildRecorder)
        closed = Closed(RequestRecord(recorder), "main")
        recorder.see("request", "body", sys._getframe(), context=lambda task: closed)
        assert not at.letters
