"""The moments of a test: who served, handed over and ran what, and when something was found."""

from __future__ import annotations

import itertools
import sys
from contextvars import copy_context
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from pytest_flaskctx import chronicle
from pytest_flaskctx.chronicle import Chronicle
from pytest_flaskctx.engine import Engine
from pytest_flaskctx.hub import Hub
from pytest_flaskctx.recorder import Recorder
from pytest_flaskctx.records import ContextRecord
from pytest_flaskctx.settings import Settings
from pytest_flaskctx.stacks import walk
from pytest_flaskctx.tasks import RequestRecord, Task, Waited
from pytest_flaskctx.threadstate import ThreadState
from pytest_flaskctx.timeline import Handed, Lane, Mark, Ran, Served, Timeline
from pytest_flaskctx.workloads import Subject

WORDS = ("GET", "/", "index")


def counted() -> Chronicle:
    """Return a chronicle whose clock goes on by a second with each look; the test began at 0."""
    # Whole seconds will do for a clock.
    return Chronicle(itertools.count().__next__)  # type: ignore[arg-type]


def thread(name: str) -> ThreadState:
    """Return the record of a thread of this name."""
    state = ThreadState()
    state.name = name
    return state


def request(words: tuple[str, str, str | None] | None = WORDS) -> RequestRecord:
    """Return the record of a request."""
    made = RequestRecord(Recorder(Subject("test_it"), Hub(lambda raw: ())))
    made.words = words
    return made


def task(of: RequestRecord | None = None, parent: Task | None = None, **more: Any) -> Task:
    """Return a task."""
    recorder: Any = of.recorder if of else SimpleNamespace(task_over=lambda task: None)
    raw = walk(sys._getframe())[:1]
    return Task("submit", raw, "main", of, recorder, parent, **more)


def over(record: ContextRecord) -> None:
    """Pop the context of ``record`` for the last time."""
    record.depth = 0
    record.popped(SimpleNamespace(), record.owner)


class Found:
    """What became a finding."""

    def __init__(self, code: str | None = "FCX101") -> None:
        self.told = ("f00d", code) if code else None


def test_a_story(capsys: pytest.CaptureFixture[str]) -> None:
    """A request hands a task over and ends; the task reads a proxy in another thread."""
    lines, main, worker = counted(), thread("main"), thread("pool-0")
    serving = request()
    record = ContextRecord(main, serving, ())
    lines.served(serving, record, main)
    handed = task(serving)
    lines.handed(handed, (len,), main)
    lines.begun(handed, worker)
    over(record)
    worker.task = handed
    lines.met(Found(), worker)
    lines.ended(handed, worker)
    here = chronicle.os.getpid()
    assert lines.timeline("test_it") == Timeline(
        test="test_it",
        length=7.0,
        lanes=(Lane(here, "main"), Lane(here, "pool-0")),
        requests=(Served(1, 0, 1.0, 4.0, *WORDS),),
        tasks=(Handed(handed.number, "submit", "len", 0, 2.0, 1, None),),
        calls=(Ran(handed.number, 1, 3.0, 6.0),),
        marks=(Mark(1, 5.0, handed.number, "f00d", "FCX101"),),
    )


def test_what_did_not_end_has_no_end() -> None:
    """A stream that nobody read to its end, and a task that still runs, are open."""
    lines, main = counted(), thread("main")
    serving = request(None)
    lines.served(serving, ContextRecord(main, serving, ()), main)
    lines.begun(task(), main)
    drawn = lines.timeline("t")
    assert [(each.end, each.method, each.endpoint) for each in drawn.requests] == [(None, "", None)]
    assert [each.end for each in drawn.calls] == [None]


def test_a_copy_of_a_context_is_no_request() -> None:
    """Who pushes one does not serve it; and a request is served once, however often it is pushed."""
    lines, main = counted(), thread("main")
    serving = request()
    lines.served(serving, ContextRecord(main, serving, ()), main)
    lines.served(serving, ContextRecord(main, serving, ()), main)
    copied = ContextRecord(main, request(), ())
    copied.copied = True
    assert copied.request is not None
    lines.served(copied.request, copied, main)
    assert len(lines.timeline("t").requests) == 1


def test_what_a_client_keeps_for_the_test_does_not_make_its_request_longer() -> None:
    """``with client:`` pushes the context once more when the request is over."""
    lines, main = counted(), thread("main")
    serving = request()
    record = ContextRecord(main, serving, ())
    lines.served(serving, record, main)
    over(record)
    record.kept = True
    over(record)
    assert [each.end for each in lines.timeline("t").requests] == [2.0]


def test_a_pools_own_worker_is_no_task() -> None:
    """Only what carries work is drawn."""
    lines, main = counted(), thread("main")
    worker = task(carries_work=False)
    lines.handed(worker, (len,), main)
    lines.begun(worker, main)
    lines.ended(worker, main)
    drawn = lines.timeline("t")
    assert (drawn.tasks, drawn.calls, drawn.lanes) == ((), (), ())


def test_a_task_of_a_task_names_it() -> None:
    """What handed it over is drawn, too."""
    lines, main = counted(), thread("main")
    outer = task()
    inner = task(parent=outer)
    lines.handed(inner, (), main)
    assert [each.parent for each in lines.timeline("t").tasks] == [outer.number]


def test_a_call_that_does_it_a_thousand_times_is_twenty_marks() -> None:
    """A worker's one call may serve many; each call has its own marks, and what is none has none."""
    lines, main, pool = counted(), thread("main"), thread("pool-0")
    found, nothing = Found(), Found(None)
    pool.task, pool.begun = task(), 1
    for _ in range(1000):
        lines.met(found, pool)
        lines.met(nothing, pool)
    pool.begun = 2
    lines.met(found, pool)
    lines.met(found, main)
    assert [each.task for each in lines.timeline("t").marks] == [pool.task.number] * 21 + [None]


def test_what_is_judged_of_a_hand_over_is_marked_there() -> None:
    """Whenever it came to light; of one that was not written down, nothing is."""
    lines, main = counted(), thread("main")
    handed, unknown = task(), task()
    lines.handed(handed, (), main)
    lines.begun(handed, main)
    lines.met_at_hand_over(Found("FCX204"), handed)
    lines.met_at_hand_over(Found("FCX204"), unknown)
    (mark,) = lines.timeline("t").marks
    assert (mark.at, mark.task, mark.code) == (1.0, None, "FCX204")


def test_a_task_elsewhere_that_was_waited_for_was_over_with_its_request() -> None:
    """Its pool tells of the end when it is asked, which may be much later."""
    lines, main = counted(), thread("main")
    serving = request()
    record = ContextRecord(main, serving, ())
    lines.served(serving, record, main)
    waited, left = task(serving), task(serving)
    wait = Waited()
    wait.by = (serving,)
    waited.waits = (wait,)
    for each in (waited, left):
        each.elsewhere = True
        lines.handed(each, (), main)
    over(record)
    for each in (waited, left):
        lines.over(each)
    assert [(call.begin, call.end) for call in lines.timeline("t").calls] == [
        (2.0, 4.0),
        (3.0, 6.0),
    ]


def test_a_task_in_another_process_is_drawn_from_what_is_known_of_it() -> None:
    """The child tells of an access, and its pool of the end; of one that told nothing, just that."""
    lines, main = counted(), thread("main")
    told, silent, here = task(), task(), task()
    told.elsewhere = silent.elsewhere = True
    for each in (told, silent, here):
        lines.handed(each, (), main)
    lines.met_elsewhere(Found("FCX202"), 4711, "MainThread", 5.0, told.number)
    for each in (told, silent, here):
        lines.over(each)
    drawn = lines.timeline("t")
    assert drawn.lanes[1:] == (Lane(0, "another process"), Lane(4711, "MainThread"))
    assert drawn.calls == (Ran(told.number, 2, 5.0, 5.0), Ran(silent.number, 1, 2.0, 5.0))
    assert [(each.lane, each.at, each.code) for each in drawn.marks] == [(2, 5.0, "FCX202")]


def test_threads_of_one_name_are_two_lanes() -> None:
    """Names are no identity."""
    lines = counted()
    for _ in range(2):
        lines.begun(task(), thread("worker"))
    drawn = lines.timeline("t")
    assert [each.thread for each in drawn.lanes] == ["worker", "worker"]
    assert [each.lane for each in drawn.calls] == [0, 1]


def test_what_is_more_than_is_kept_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many tasks a test has, its picture is bounded."""
    monkeypatch.setattr(chronicle, "MOST", 3)
    lines, main = counted(), thread("main")
    for _ in range(3):
        lines.handed(task(), (), main)
    more = request()
    lines.handed(task(), (), main)
    lines.begun(task(), main)
    lines.served(more, ContextRecord(main, more, ()), main)
    lines.met(Found(), main)
    drawn = lines.timeline("t")
    assert (len(drawn.tasks), drawn.left_out) == (3, 4)
    assert (drawn.calls, drawn.requests, drawn.marks) == ((), (), ())


@pytest.mark.parametrize(
    ("functions", "name"),
    [
        ((), ""),
        ((len,), "len"),
        ((partial(partial(len)),), "len"),
        (("x".upper,), "str.upper"),
        ((task,), "task"),
        ((len, task), "task"),
        ((partial(map, task, [1]),), "task"),
        ((copy_context().run, partial(task)), "task"),
        ((copy_context().run, 1), "Context.run"),
        ((Found(),), ""),
    ],
)
def test_names(functions: tuple[object, ...], name: str) -> None:
    """A function is named, in few wrappers; an object that can be called is not asked."""
    lines = counted()
    lines.handed(task(), functions, thread("main"))
    assert [each.function for each in lines.timeline("t").tasks] == [name]


def test_it_travels() -> None:
    """What is sent is text in ASCII, whatever a thread is called, and comes to the same."""
    lines, main = counted(), thread("\udc80main")
    serving = request()
    lines.served(serving, ContextRecord(main, serving, ()), main)
    handed = task(serving)
    lines.handed(handed, (len,), main)
    lines.begun(handed, main)
    lines.met(Found(), main)
    drawn = lines.timeline("t")
    assert drawn.to_text().isascii()
    assert Timeline.from_text(drawn.to_text()) == drawn


def test_a_monitor_draws_only_where_a_picture_is_wanted(tmp_path: Any) -> None:
    """The probes tell the chronicle of the running test, where it has one."""
    app = Flask(__name__)
    app.add_url_rule("/", "index", lambda: "ok")
    engine = Engine(Settings(root=tmp_path, pictures=True))
    engine.start()
    try:
        trial = engine.begin(Subject("test_it"))
        app.test_client().get("/")
        engine.end(trial)
    finally:
        engine.stop()
    drawn = trial.recorder.chronicle
    assert drawn is not None
    (served,) = drawn.timeline("test_it").requests
    assert (served.method, served.rule, served.endpoint) == WORDS
    assert served.end is not None
    assert served.begin <= served.end
    assert Engine(Settings(root=tmp_path)).begin(Subject("test_it")).recorder.chronicle is None
