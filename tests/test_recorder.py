"""The recorder: equal accesses are one, and each knows its task."""

from __future__ import annotations

import gc
import weakref

import pytest
from recording import handed, new_recorder, see
from watching import run_thread

from pytest_flaskctx.board import board
from pytest_flaskctx.hub import Hub
from pytest_flaskctx.recorder import Recorder
from pytest_flaskctx.running import Run
from pytest_flaskctx.sightings import Sighting
from pytest_flaskctx.threadstate import here
from pytest_flaskctx.workloads import Subject


@pytest.fixture
def recorder() -> Recorder:
    """A recorder of a test of its own."""
    return new_recorder()


def test_equal_accesses_are_one_sighting(recorder: Recorder) -> None:
    """The same use of the same proxy from the same task is counted."""
    first, second = [see(recorder) for _ in range(2)]
    assert first is second
    assert (first.count, recorder.observed) == (2, 2)
    assert see(recorder, "session") is not first
    assert len(recorder.sightings) == 2
    assert [each.number for each in recorder.sightings] == sorted(
        each.number for each in recorder.sightings
    )


def test_only_what_a_request_handed_over_is_live(recorder: Recorder) -> None:
    """Tasks of nobody are booked and not waited for; workers that carry others' work are neither."""
    task = handed(recorder)
    handed(recorder, served=False)
    handed(recorder, carries_work=False)
    assert recorder.handovers == 2
    assert list(recorder.live.values()) == [task]
    task.ended()
    assert not recorder.live


def test_an_access_knows_its_task(recorder: Recorder) -> None:
    """A task is its origin; one that carries no work tells where the thread was started."""
    seen: list[Sighting] = []
    run_thread(lambda: Run(handed(recorder), lambda: seen.append(see(recorder)))())
    worker = handed(recorder, carries_work=False)
    run_thread(lambda: Run(worker, lambda: seen.append(see(recorder)))())
    first, second = [each.access for each in seen]
    assert (first.origin is not None, first.started) == (True, None)
    assert (second.origin, second.started is not None) == (None, True)
    assert first.test == "test_it"


def test_the_thread_of_the_tests_is_known(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By its token while it runs no task, or by the test function's code in any thread."""
    monkeypatch.setattr(board, "test_thread", here().token)
    monkeypatch.setattr(here(), "task", None)
    assert see(recorder).access.test_thread
    seen: list[Sighting] = []

    def test_function() -> None:
        seen.append(see(recorder, "g"))

    class Known(Subject):
        code = test_function.__code__  # type: ignore[assignment]

    run_thread(test_function)
    recorder.subject = Known()
    run_thread(lambda: (test_function(), None)[1])
    assert [each.access.test_thread for each in seen] == [False, True]


def test_an_access_is_told_when_it_is_wanted() -> None:
    """The thread that makes it renders nothing; what was told once keeps no task."""
    rendered: list[object] = []

    def render(raw: object) -> tuple[()]:
        rendered.append(raw)
        return ()

    recorder = Recorder(Subject("test_it"), Hub(render))
    task = handed(recorder)
    gone = weakref.ref(task)
    sighting = Run(task, lambda: see(recorder))()
    del task
    assert not rendered
    assert sighting.access is sighting.access
    assert len(rendered) == 2
    gc.collect()
    assert gone() is None


def test_a_task_sees_each_sighting_once(recorder: Recorder) -> None:
    """A loop in a task gives it one thing to settle."""
    task = handed(recorder)

    def work() -> None:
        for _ in range(3):
            see(recorder)
        assert len(task.sightings) == 1

    Run(task, work)()
    assert not task.sightings
