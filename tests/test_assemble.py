"""Findings made of facts: sites, statuses, words and allowances meet."""

from __future__ import annotations

import asyncio
import queue
import sys
import threading
from collections.abc import Callable
from contextvars import Context, copy_context
from functools import partial
from typing import Any

import pytest
from flask import Flask, copy_current_request_context, request
from watching import PATIENCE, ROOT, run_thread, serve, watched

from pytest_flaskctx import source
from pytest_flaskctx.assemble import LIBRARY_HINT, Assembler, Terms
from pytest_flaskctx.hub import Hub
from pytest_flaskctx.ownership import Ownership
from pytest_flaskctx.recorder import Recorder
from pytest_flaskctx.rules.allowances import Allowance
from pytest_flaskctx.running import Run
from pytest_flaskctx.settings import Settings
from pytest_flaskctx.stacks import StackRenderer, walk
from pytest_flaskctx.tasks import RequestRecord, Task
from pytest_flaskctx.workloads import Subject


def leak() -> None:
    """Use the request, whatever comes of it."""
    # Neither `pytest.raises` nor `except RuntimeError`: those say that it is expected.
    try:
        str(request.path)
    except Exception:
        pass


class Bench:
    """An assembler with a recorder in which something was seen."""

    def __init__(self, kind: str = "user", **settings: Any) -> None:
        self.hub = Hub(StackRenderer(lambda file: kind))  # type: ignore[arg-type,return-value]
        self.settings = Settings(root=ROOT, **settings)
        self.recorder = Recorder(Subject("test_it"), self.hub)
        self.assembler = Assembler(self.settings, Ownership(ROOT), self.hub)

    def findings(self, terms: Terms | None = None) -> list[Any]:
        """Return what it comes to."""
        return self.assembler.accesses(self.recorder, terms or Terms(), "call")


def see(bench: Bench, times: int = 1) -> Any:
    """See one access of this line's, outside any task."""

    def look() -> Any:
        return [bench.recorder.see("request", "__getattr__", sys._getframe()) for _ in range(times)]

    sightings: list[Any] = []
    run_thread(lambda: sightings.extend(look()))
    return sightings[0]


def test_a_finding_has_all_that_is_known() -> None:
    """Site, hand-over, request, words and count come from the facts."""
    with watched() as watch:
        serve(lambda: run_thread(leak))
        (found,) = watch.findings()
    assert (found.code, found.level, found.status) == ("FCX101", "error", "new")
    assert (found.tests, found.phase, found.count) == (("test_it",), "call", 1)
    assert (found.site.expression, found.function) == ("request.path", "leak")
    assert found.request is not None
    assert found.request.endpoint == "order"
    assert found.hint
    assert found.started is None


def test_making_a_finding_keeps_no_parsed_file() -> None:
    """Each garbage collection of the rest of the suite would visit its nodes."""
    bench = Bench()
    see(bench)
    (found,) = bench.findings()
    assert found.site.expression.startswith("bench.recorder.see(")
    assert source.tree.cache_info().currsize == 0


def test_a_finding_between_tests_has_no_test() -> None:
    """What belongs to no test is the run's."""
    bench = Bench()
    bench.recorder.subject = Subject()
    see(bench)
    assert [found.tests for found in bench.findings()] == [()]


@pytest.mark.parametrize(("expected", "status"), [(0, "new"), (1, "new"), (2, "expected")])
def test_only_what_was_expected_each_time_is_expected(expected: int, status: str) -> None:
    """A use seen twice and expected once is still a leak."""
    bench = Bench()
    see(bench, 2).expected = expected
    assert [found.status for found in bench.findings()] == [status]


def test_a_librarys_use_is_its_own() -> None:
    """It is shown at the library's line, and there is nothing to repair."""
    bench = Bench("library")
    see(bench)
    (found,) = bench.findings()
    assert (found.status, found.hint, found.fails) == ("library", LIBRARY_HINT, False)


def test_what_no_frame_is_known_of_is_shown_all_the_same() -> None:
    """A stack of nothing but our own frames has an unknown place."""
    bench = Bench("flaskctx")
    see(bench)
    (found,) = bench.findings()
    assert (found.file, found.line, found.expression) == ("<unknown>", 0, "")


@pytest.mark.parametrize(
    ("settings", "strict", "level"),
    [
        ({}, False, "error"),
        ({"mode": "warn"}, True, "warning"),
        ({"rules": (("FCX101", "strict"),)}, False, "warning"),
        ({"rules": (("FCX101", "strict"),)}, True, "error"),
        ({"rules": (("FCX101", "off"),)}, True, None),
    ],
)
def test_levels(settings: dict[str, Any], strict: bool, level: str | None) -> None:
    """The suite moves a rule, the test asks to be judged strictly; off is none at all."""
    bench = Bench(**settings)
    see(bench)
    assert [each.level for each in bench.findings(Terms(strict))] == ([level] if level else [])


def test_allowances_are_marked_as_used() -> None:
    """The test's come before the suite's; the first that matches has it."""
    suite = Allowance("FCX101", "suite's", "ini")
    own = Allowance("FCX101", "own", "marker")
    other = Allowance("FCX102", "other", "marker")
    bench = Bench(allow=(suite,))
    see(bench)
    (found,) = bench.findings(Terms(allowances=(other, own)))
    assert (found.status, found.reason) == ("allowed", "own")
    assert bench.assembler.used == {own.key}
    (found,) = bench.findings()
    assert found.reason == "suite's"
    assert bench.assembler.used == {own.key, suite.key}


def unfinished(bench: Bench, raw: Any) -> list[Any]:
    """Return the findings for one task handed over at ``raw``."""
    task = Task("submit", raw, thread="main", request=RequestRecord(bench.recorder),
                recorder=bench.recorder, parent=None)  # fmt: skip
    return bench.assembler.unfinished([(task, ())], Terms(), "call")


def test_unfinished_work_that_had_not_begun_is_shown_where_it_was_handed_over() -> None:
    """It stands nowhere yet, so its hand-over is its place."""
    (found,) = unfinished(Bench(), walk(sys._getframe()))
    assert found.function == (
        "test_unfinished_work_that_had_not_begun_is_shown_where_it_was_handed_over"
    )
    assert "had not begun" in found.message
    bench = Bench()
    bench.recorder.subject = Subject()
    (found,) = unfinished(bench, walk(sys._getframe()))
    assert found.tests == ()


def test_unfinished_work_of_nobodys_is_no_finding() -> None:
    """Without a frame that handed over there is nothing to tell; a rule that is off tells nothing."""
    assert unfinished(Bench(), ()) == []
    assert unfinished(Bench(rules=(("FCX901", "off"),)), walk(sys._getframe())) == []


def test_a_handover_without_a_place_is_still_one() -> None:
    """A task handed over from nowhere known has an origin and no site."""
    bench = Bench()
    task = Task("thread", (), thread="main", request=None, recorder=bench.recorder, parent=None)
    run_thread(lambda: Run(task, lambda: see(bench))())
    run_thread(lambda: Run(task, lambda: bench.recorder.see("g", "__getattr__", sys._getframe()))())
    found = next(each for each in bench.findings() if each.proxy == "g")
    assert found.handover is not None
    assert found.handover.site is None
    assert found.request is None


def carried(use: Callable[[], object]) -> Callable[[], object]:
    """Return ``use`` so that it runs in a copy of the view's context when the view is over."""
    return partial(copy_context().run, late, use)


go = threading.Event()


def late(use: Callable[[], object]) -> None:
    """Use what is left of the request."""
    go.wait(PATIENCE)
    use()


def fix(hand: Callable[[list[Any]], object]) -> str:
    """Return the fix of what ``hand`` leaks; it may leave threads to be joined in its list."""
    go.clear()
    left: list[Any] = []
    with watched() as watch:
        serve(lambda: hand(left))
        go.set()
        for thread in left:
            thread.join(PATIENCE)
        (found,) = watch.findings()
    assert found.code == "FCX201"
    return str(found.hint)


def path() -> str:
    """Read the request."""
    return request.path


def start(left: list[Any], target: Callable[[], object]) -> None:
    """Start a thread that the test joins."""
    left.append(threading.Thread(target=target))
    left[-1].start()


def test_a_fix_reads_the_value_where_the_work_was_handed_over() -> None:
    """The view started the thread that carried its context."""
    found = fix(lambda left: start(left, carried(path)))
    assert found.startswith("Read the value in `start` and pass it to `path`:")


def test_a_fix_of_what_came_by_a_queue_speaks_of_no_hand_over() -> None:
    """The thread was there before: what carried the context is not known."""
    jobs: queue.Queue[Callable[[], object]] = queue.Queue()
    kept: list[Callable[[], object]] = []
    worker = threading.Thread(target=lambda: jobs.get()())
    with watched() as watch:
        go.set()
        worker.start()
        serve(lambda: kept.append(carried(path)))
        jobs.put(kept[0])
        worker.join(PATIENCE)
        (found,) = watch.findings()
    assert found.handover is not None
    assert found.hint.startswith("Read the value while the request is served, and hand that on")


def test_a_fix_of_a_hand_over_beside_the_request_begins_in_the_view() -> None:
    """A thread that was lent the context hands over in its turn: it serves nobody."""

    def beside(left: list[Any]) -> None:
        start(left, carried(path))

    def hand(left: list[Any]) -> None:
        inner = copy_context()
        loop = threading.Thread(target=lambda: inner.run(beside, left))
        loops.append((loop, left))

    loops: list[Any] = []
    go.clear()
    with watched() as watch:
        serve(lambda: hand([]))
        loop, left = loops[0]
        loop.start()
        loop.join(PATIENCE)
        go.set()
        left[0].join(PATIENCE)
        (found,) = watch.findings()
    assert found.hint.startswith("Read the value in the view, pass it to `start` and on to `path`:")


def served_by_a_loop(function: Callable[[], object]) -> list[Any]:
    """Return the findings of a view that begins two tasks, and awaits one after the other."""
    app = Flask("loop")
    app.testing = True

    @app.get("/")
    async def view() -> str:
        call = function()
        begun = [asyncio.create_task(asyncio.to_thread(call), context=Context()) for _ in range(2)]
        for task in begun:
            await task
        return "done"

    with watched() as watch:
        assert app.test_client().get("/").text == "done"
        watch.drain()
        return watch.findings()


def test_no_line_of_a_library_is_to_be_repaired() -> None:
    """What a loop hands over is shown at the user's nearest line; the rest is said without one."""
    (found,) = served_by_a_loop(lambda: copy_current_request_context(lambda: request.path))
    assert (found.code, found.site.expression) == ("FCX203", "await task")
    assert "task = copy_current_request_context(work)" in found.hint
    found, _ = served_by_a_loop(lambda: leak)
    assert (found.code, found.site.expression) == ("FCX101", "request.path")
    assert "in the code that hands the task over" in found.hint
    assert "executor.submit" not in found.hint
