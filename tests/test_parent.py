"""The parent's side: what children wrote, held against its own pushes and pops."""

from __future__ import annotations

import contextvars
import os
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from childhood import no_book
from errands import size
from flask import Flask, current_app
from flask.globals import app_ctx
from watching import Watched, run_thread, watched

from pytest_flaskctx import letters, parent
from pytest_flaskctx.board import board
from pytest_flaskctx.letters import Aftermath, Handed, Read, Seen
from pytest_flaskctx.parent import Book
from pytest_flaskctx.probes.handover import hand_over
from pytest_flaskctx.recorder import Recorder
from pytest_flaskctx.sightings import marked_by
from pytest_flaskctx.tasks import RequestRecord, Task, Waited
from pytest_flaskctx.workloads import Subject

APP = Flask("shop")
HERE = str(Path(__file__))
PLACE = (HERE, 12, "work", 12, 0, 4, None, 10)
CONTEXT = Read(
    0, False, False, False, True, True, "MainThread", True, ("GET", "/child", None), False, 0
)


class Played:
    """A book, and a child that is played."""

    def __init__(self, watch: Watched, book: Book) -> None:
        self.watch = watch
        self.book = book
        self.count = 0

    def hand(self, kind: Any = "submit", *, elsewhere: bool = True) -> Task:
        """Hand a task to the child."""
        task = hand_over(kind, sys._getframe(1), size, elsewhere=elsewhere)
        assert task is not None
        self.book.run(task, size)
        return task

    def see(
        self, *chain: Any, context: Read | None = None, at: float | None = None, **more: Any
    ) -> str:
        """Let the child see something; return its mark."""
        self.count += 1
        seen = Seen(
            mark=f"7-{self.count}",
            proxy="request",
            operation="__getattr__",
            extension=False,
            thread="MainThread of ForkProcess-1",
            process=7,
            at=time.monotonic() if at is None else at,
            task=chain or None,
            started=None,
            context=context,
            stack=(PLACE,),
        )._replace(**more)
        self.tell(seen)
        return seen.mark

    def tell(self, letter: Seen | Aftermath) -> None:
        """Let the child write, and read it."""
        letters.write(self.book.folder, letter)
        self.book.collect()

    @property
    def codes(self) -> list[str]:
        """What it comes to."""
        return [finding.code for finding in self.watch.findings()]


@pytest.fixture
def played() -> Iterator[Played]:
    """A book of a monitor's, in a test of its own."""
    with watched() as watch, no_book():
        book = board.children = Book(lambda *_: None, (), lambda function: function)
        yield Played(watch, book)
        book.clear()


@pytest.fixture
def request_context() -> Iterator[RequestRecord]:
    """A request that is being served."""
    with APP.test_request_context("/alice") as context:
        yield vars(context.request).get("_pytest_flaskctx")  # type: ignore[misc]


def test_an_unbound_access_is_its_tasks(played: Played) -> None:
    """Frames, task and process are told as the child told them, with whose code it is."""
    with APP.test_request_context("/alice"):
        task = played.hand()
    played.see(task.number)
    (access,) = played.watch.accesses
    assert (access.proxy, access.thread, access.process) == (
        "request",
        "MainThread of ForkProcess-1",
        7,
    )
    assert [(frame.file, frame.line, frame.kind) for frame in access.stack] == [(HERE, 12, "user")]
    assert access.origin is not None
    assert access.origin.request is not None
    assert access.origin.request.rule == "/*" or access.origin.request.rule == "/alice"
    assert (access.context, access.started, access.test_thread) == (None, None, False)
    assert played.codes == ["FCX101"]


def test_equal_accesses_are_counted(played: Played) -> None:
    """However many processes of a pool see one place for one hand-over, it is one leak."""
    tasks = [played.hand() for _ in range(2)]
    for task in tasks:
        played.see(task.number)
    (finding,) = played.watch.findings()
    assert finding.count == 2


def test_a_task_that_a_child_handed_over_is_told_whole(played: Played) -> None:
    """Its hand-over, and behind it the parent's own."""
    task = played.hand("process")
    handed = Handed("thread", (PLACE,), "MainThread", ("GET", "/child", "child"), inline=False)
    played.see(handed, task.number)
    (access,) = played.watch.accesses
    assert access.origin is not None
    assert (access.origin.kind, access.origin.stack[0].line) == ("thread", 12)
    assert access.origin.request is not None
    assert access.origin.request.rule == "/child"
    assert access.origin.parent is not None
    assert access.origin.parent.kind == "process"


def test_a_task_that_nobody_knows_is_none(played: Played) -> None:
    """It may be long forgotten: what it does is the running test's."""
    played.see(10**9)
    (access,) = played.watch.accesses
    assert access.origin is None
    played.see()
    assert len(played.watch.recorder.sightings) == 2


def fork(played: Played) -> Read:
    """Fork a process under the context at hand; return that as the process has it."""
    played.book.fork()
    context = parent.bound_context()
    record = parent.record_of(context)
    assert record is not None
    return CONTEXT._replace(number=record.number, turns=record.owner.turns)


def test_what_another_request_left_is_foreign(played: Played) -> None:
    """Alice's context in a task of Bob's: both requests are named, and where each handed over."""
    with APP.test_request_context("/", method="PUT"):
        started = played.hand("process")
        inherited = fork(played)
    with APP.test_request_context("/", method="POST"):
        task = played.hand()
    seen = inherited._replace(same_request=False)
    played.see(task.number, context=seen, started=(started.number,))
    (finding,) = played.watch.findings()
    assert finding.code == "FCX202"
    assert "in a task of POST / reads the context of PUT /" in finding.message
    assert finding.started is not None
    assert finding.started.origin.kind == "process"


def test_what_a_child_was_forked_with_does_not_end_there(played: Played) -> None:
    """It has that as it was: whether the request is over by the access depends on no clock."""
    with APP.test_request_context("/"):
        task = played.hand()
        seen = fork(played)
        played.see(task.number, context=seen, at=0.0)
        assert played.codes == ["FCX207"]
    played.see(task.number, context=seen)
    (finding,) = played.watch.findings()
    assert (finding.code, finding.count) == ("FCX207", 2)


def test_what_was_over_at_the_hand_over_is_over(played: Played) -> None:
    """Of a pool's later task that no request handed over, and whatever the child knows of it."""
    with APP.test_request_context("/"):
        seen = fork(played)._replace(same_request=False)
    task = played.hand()
    task.waits = (parent_waited(None),)
    played.see(task.number, context=seen)
    assert played.codes == ["FCX201"]


def test_what_was_over_at_the_fork_is_over(played: Played) -> None:
    """Though its owner waits for the task."""
    with APP.test_request_context("/"):
        task = played.hand()
        parent_waits(task)
        played.see(task.number, context=fork(played)._replace(over=True))
    assert played.codes == ["FCX201"]


def test_who_waited_for_anything_since_the_fork_may_have_waited_for_it(played: Played) -> None:
    """As in a thread: it is not known what for."""
    with APP.test_request_context("/"):
        task = played.hand()
        seen = fork(played)
        played.see(task.number, context=seen)
        threading.Event().wait(0)
        assert not played.codes
    # What comes after the request's end says nothing any more.
    with APP.test_request_context("/"):
        task = played.hand()
        seen = fork(played)
    threading.Event().wait(0)
    played.see(task.number, context=seen)
    assert played.codes == ["FCX207"]


def test_what_a_test_waits_for_no_request_waits_for(played: Played) -> None:
    """A task of the body's reads what a request lent to somebody else."""
    with APP.test_request_context("/"):
        seen = fork(played)._replace(same_request=False)
        task = played.hand()
        task.request = None
        task.waits = (parent_waited(None),)
        played.see(task.number, context=seen)
    assert played.codes == ["FCX207"]


def test_a_context_that_is_pushed_again_is_not_over(played: Played) -> None:
    """A suite may push one application context object for one test after the other."""
    context = APP.app_context()
    with context:
        played.book.fork()
    record = parent.record_of(context)
    assert record is not None
    with context:
        task = played.hand()
        task.waits = (parent_waited(None),)
        seen = CONTEXT._replace(number=record.number, of_request=False, request=None)
        played.see(task.number, context=seen._replace(turns=record.owner.turns), proxy="g")
    assert not played.codes


def test_the_application_beneath_a_request_of_its_own_is_no_data(played: Played) -> None:
    """Up to Flask 3.1 a child's own request works in the application context that it inherited."""
    with APP.test_request_context("/"):
        task = played.hand("process")
        seen = fork(played)._replace(over=True, beneath=True)
    played.see(task.number, context=seen, proxy="current_app")
    (finding,) = played.watch.findings()
    assert (finding.code, finding.level) == ("FCX201", "warning")


def test_what_is_waited_for_is_right(played: Played) -> None:
    """The context's owner waits for the task: nothing is shared that is in use."""
    with APP.test_request_context("/"):
        task = played.hand()
        parent_waits(task)
        played.see(task.number, context=fork(played))
    assert not played.codes


def parent_waits(task: Task) -> None:
    """Let the request of a task wait for it."""
    task.waits = (parent_waited(task.request),)


def parent_waited(request: RequestRecord | None) -> Waited:
    """Return something that was waited for in the thread of a request, or outside of any."""
    waited = Waited()
    waited.by = (request,)
    return waited


def test_what_a_client_keeps_was_right_before(played: Played) -> None:
    """A test client pushes the context once more for the test's body, which may hand it on."""
    with APP.test_request_context("/") as context:
        task = played.hand()
        parent_waits(task)
        seen = fork(played)
    record = vars(context)["_pytest_flaskctx"]
    record.kept = True
    played.see(task.number, context=seen)
    own = played.hand()
    own.kept = True
    own.waits = (parent_waited(None),)
    played.see(own.number, context=seen)
    assert not played.codes


@pytest.mark.parametrize(
    ("context", "codes"),
    [
        (CONTEXT._replace(here=True), []),
        (CONTEXT._replace(here=True, over=True), ["FCX201"]),
        (CONTEXT._replace(here=True, own=True, over=True), ["FCX201"]),
        (CONTEXT._replace(here=True, same_request=False), ["FCX202"]),
        (CONTEXT, []),
        (CONTEXT._replace(over=True), []),
        (CONTEXT._replace(same_request=None), []),
        (CONTEXT._replace(same_request=None, here=True, over=True), []),
        (CONTEXT._replace(same_request=False), ["FCX202"]),
        (CONTEXT._replace(same_request=False, of_request=False), []),
    ],
    ids=str,
)
def test_of_a_childs_own_contexts_only_facts_count(
    played: Played, context: Read, codes: list[str]
) -> None:
    """What is over or another request's is found; what may be lent or over is not guessed."""
    with APP.test_request_context("/"):
        task = played.hand()
    played.see(task.number, context=context)
    assert played.codes == codes


def test_an_application_context_is_known_too(played: Played) -> None:
    """A pool that is forked in one keeps it."""
    with APP.app_context() as context:
        task = played.hand()
        played.book.fork()
        record = parent.record_of(context)
        assert record is not None
        seen = CONTEXT._replace(
            number=record.number, of_request=False, request=None, turns=record.owner.turns
        )
    played.see(task.number, context=seen, proxy="g")
    assert played.codes == ["FCX207"]
    played.see(played.hand().number, context=seen, proxy="g")
    assert sorted(played.codes) == ["FCX201", "FCX207"]
    number = record.number
    with context:
        played.book.fork()
    assert record.number == number


def test_what_a_thread_inherited_or_was_lent_is_known_too(played: Played) -> None:
    """It forks with what is bound there, whoever pushed it: an async view runs in such a thread."""
    with APP.test_request_context("/") as context:
        copied = contextvars.copy_context()
        run_thread(lambda: copied.run(played.book.fork))
        bound = {id(context), id(app_ctx._get_current_object())}
        assert {id(known.record) for known in played.book._contexts.values()} == {
            id(parent.record_of(each)) for each in (context, app_ctx._get_current_object())
        }
        assert len(played.book._contexts) == len(bound)


def test_who_runs_an_event_loop_waits_for_that(played: Played, monkeypatch) -> None:
    """An async view runs in another thread, and its end says nothing of a process it started."""
    monkeypatch.setattr(parent, "waits", lambda ident: True)
    with APP.test_request_context("/"):
        task = played.hand()
        copied, found = contextvars.copy_context(), []
        own = fork(played)
        run_thread(lambda: found.append(copied.run(fork, played)))
        assert found[0].number != own.number
        played.see(task.number, context=found[0])
        threading.Event().wait(0)
    assert played.codes == ["FCX207"]


def test_errors_that_came_back_are_those_of_the_access(played: Played) -> None:
    """What became of them is told later, and where they were expected the parent sees itself."""
    task = played.hand()
    mark = played.see(task.number)
    played.tell(Aftermath(mark, True, (("/nowhere/a.py", HERE),)))
    played.tell(Aftermath("8-1", True, ()))
    (sighting,) = played.watch.recorder.sightings
    assert marked_by(mark) is sighting
    assert sighting.escaped
    assert sighting.paths == {("/nowhere/a.py", HERE)}


def test_what_is_torn_or_made_up_is_passed_over(played: Played) -> None:
    """No line makes the parent stumble."""
    task = played.hand()
    Path(played.book.folder, "9.jsonl").write_bytes(b"{\n[1, 2]\nnull\n\xff\xfe\n")
    played.see(task.number)
    assert played.codes == ["FCX101"]


def test_a_server_works_for_the_test_that_runs(played: Played) -> None:
    """One that a fixture started reads for one test after the other; a request's task for its own."""
    engine, first = played.watch.engine, played.watch.trial
    server = played.hand("process")
    with APP.test_request_context("/"):
        task = played.hand()
        worker = played.hand("process")
    engine.end(first)
    second = engine.begin(Subject("test_two"))
    served = Handed("thread", (PLACE,), "MainThread", None, inline=False)
    played.see(server.number)
    played.see(served, worker.number)
    assert len(second.recorder.sightings) == 2
    played.see(task.number)
    played.see(worker.number)
    played.see(server.number, at=0.0)
    assert len(first.recorder.sightings) == 3
    assert [trial for trial, _ in engine.late()] == [first]


def test_each_test_is_looked_at_once_there_are_children(played: Played) -> None:
    """What a server's child wrote is read although the test handed nothing over."""
    engine = played.watch.engine
    trial = engine.begin(Subject("test_two"))
    assert len(trial.recorder.checks) == 2
    played.book.begin(trial.recorder)
    assert len(trial.recorder.checks) == 2
    letters.write(played.book.folder, _an_access())
    engine.wait(trial)
    assert len(trial.recorder.sightings) == 1


def _an_access() -> Seen:
    stack = (PLACE,)
    return Seen("7-1", "g", "get", False, "MainThread", 7, 1.0, None, None, None, stack)


def test_a_task_of_no_recorder_of_ours_is_nobodys(played: Played) -> None:
    """What it reads is booked with the running test."""
    task = played.hand()
    task.recorder = object()  # type: ignore[assignment]
    played.book.papers(task)
    played.see(task.number)
    assert len(played.watch.recorder.sightings) == 1


def test_what_comes_while_nobody_records_is_dropped(played: Played) -> None:
    """Between two monitors there is nobody to tell."""
    current, board.current = board.current, None
    played.see()
    board.current = current
    assert not played.watch.recorder.sightings


def test_tasks_that_are_over_are_forgotten(played: Played, monkeypatch) -> None:
    """A suite may hand over many thousands."""
    monkeypatch.setattr(parent, "_KEPT", 3)
    played.book._room = 3
    tasks = [played.hand() for _ in range(3)]
    tasks[0].ended()
    letters.write(played.book.folder, _an_access()._replace(task=(tasks[0].number,)))
    last = played.hand()
    # What it had written by then is read first.
    assert len(played.watch.recorder.sightings) == 1
    for task in (*tasks, last):
        played.see(task.number, proxy=f"proxy {task.number}")
    known = [each.access.origin is not None for each in played.watch.recorder.sightings]
    assert known == [True, False, True, True, True]


def test_a_child_reads_no_letters(played: Played) -> None:
    """It has a copy of all that its parent knew."""
    letters.write(played.book.folder, _an_access())
    board.child = played.watch.recorder
    played.book.collect()
    board.child = None
    assert not played.watch.recorder.sightings


def test_one_thread_reads_at_a_time(played: Played) -> None:
    """Who comes meanwhile goes on without."""
    letters.write(played.book.folder, _an_access())
    with played.book._collecting:
        threads = [threading.Thread(target=played.book.collect)]
        for thread in threads:
            thread.start()
            thread.join()
    assert not played.watch.recorder.sightings
    played.book.collect()
    assert len(played.watch.recorder.sightings) == 1


def test_who_was_forked_for_one_test_cleans_up(played: Played, monkeypatch) -> None:
    """Nobody stops the monitor there."""
    played.hand()
    folder = played.book.folder
    monkeypatch.setattr(board, "home", -1)
    played.watch.engine.end(played.watch.trial)
    assert not os.path.exists(folder)


def test_a_childs_children_write_to_the_same_folder(played: Played) -> None:
    """The first process of all reads them."""
    from pytest_flaskctx.children import ChildRecorder

    task = played.hand()
    board.child = ChildRecorder("/elsewhere", 0)
    try:
        papers = played.book.papers(task)
        with APP.app_context() as context:
            played.book.fork()
            record = parent.record_of(context)
        assert record is not None
        assert record.number == 0
        assert current_app.__class__
    finally:
        board.child = None
    assert papers.folder == "/elsewhere"


def test_a_recorder_knows_no_recorders_of_others(played: Played) -> None:
    """The book of a monitor belongs to that; another one starts with none."""
    assert isinstance(board.current, Recorder)
    played.book.clear()
    assert played.book._root((1,)) is None
