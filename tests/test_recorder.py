"""The recorder: equal accesses are one, errors are followed, what is late is known."""

from __future__ import annotations

import gc
import sys
import weakref
from types import FrameType

import pytest
from watching import run_thread

from pytest_flaskctx.recorder import Hub, Recorder, Sighting, board, marked, sighting_of
from pytest_flaskctx.stacks import StackRenderer, walk
from pytest_flaskctx.tasks import RequestRecord, Run, Subject, Task
from pytest_flaskctx.threadstate import here


@pytest.fixture
def recorder() -> Recorder:
    """A recorder of a test of its own."""
    return Recorder(Subject("test_it"), Hub(StackRenderer(lambda file: "user")))


def handed(recorder: Recorder, *, served: bool = True, carries_work: bool = True) -> Task:
    """Hand a task over, for a request or for nobody."""
    request = RequestRecord(recorder) if served else None
    raw = walk(sys._getframe())
    task = Task("thread", raw, thread="main", request=request, recorder=recorder, parent=None,
                carries_work=carries_work)  # fmt: skip
    recorder.handed_over(task)
    return task


def see(recorder: Recorder, proxy: str = "request") -> Sighting:
    """See an access of the caller's."""
    frame: FrameType = sys._getframe(1)
    return recorder.see(proxy, "__getattr__", frame)


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


def test_what_comes_after_the_judgement_is_late(recorder: Recorder) -> None:
    """A closed recorder is listed once, and taken once."""
    hub = recorder.hub
    see(recorder)
    assert not hub.overdue
    recorder.closed = True
    see(recorder)
    see(recorder)
    assert hub.overdue
    assert hub.take_late() == [recorder]
    assert hub.take_late() == []
    assert not hub.overdue


def raised(sighting: Sighting) -> RuntimeError:
    """Raise an error of a sighting's, catch it, and return it."""
    try:
        error = RuntimeError("outside")
        sighting.raised(error)
        raise error
    except RuntimeError as caught:
        return caught


def test_an_error_is_followed_to_where_it_was_caught(recorder: Recorder) -> None:
    """The files that it passed through are known once it is settled, and it is let go of."""
    sighting = see(recorder)
    error = raised(sighting)
    assert sighting_of(error) is sighting
    assert sighting.paths == set()
    sighting.settle()
    assert sighting.paths == {(__file__,)}
    sighting.settle()
    assert sighting.paths == {(__file__,)}


def test_an_error_never_raised_passed_through_nothing(recorder: Recorder) -> None:
    """An error that was only made has no path; the next one settles it."""
    sighting = see(recorder)
    sighting.raised(RuntimeError("one"))
    sighting.raised(RuntimeError("two"))
    assert sighting.paths == {()}


def test_errors_are_found_through_their_chain(recorder: Recorder) -> None:
    """Causes, contexts and groups are searched, in circles too."""
    one, two = see(recorder), see(recorder, "g")
    first, second = raised(one), raised(two)
    outer = ValueError("outer")
    outer.__cause__ = first
    first.__context__ = outer
    group = ExceptionGroup("many", [outer, second])
    assert set(marked(group)) == {one, two}
    assert list(marked(None)) == []
    assert list(marked(KeyError())) == []


def test_what_left_its_task_has_escaped(recorder: Recorder) -> None:
    """An error that a task does not catch, or one raised because of it, has escaped."""
    sighting = see(recorder)

    def work() -> None:
        raise ValueError from raised(sighting)

    task = handed(recorder)
    with pytest.raises(ValueError, match=r"^$"):
        Run(task, work)()
    assert sighting.escaped


def test_a_marked_error_keeps_no_sighting(recorder: Recorder) -> None:
    """The mark is a number: an error that lives on does not keep what was recorded."""
    sighting = see(recorder, "session")
    error = raised(sighting)
    # Its frames hold the sighting, as frames do.
    error.__traceback__ = None
    gone = weakref.ref(sighting)
    sighting.settle()
    recorder._sightings.clear()
    del sighting
    gc.collect()
    assert gone() is None
    assert sighting_of(error) is None


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


def test_who_is_responsible(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A task of a request belongs to that request's test, everything else to the current one."""
    current = Recorder(Subject("other"), recorder.hub)
    monkeypatch.setattr(board, "current", current)
    monkeypatch.setattr(here(), "task", None)
    seen: list[Recorder | None] = [board.responsible()]
    Run(handed(recorder), lambda: seen.append(board.responsible()))()
    Run(handed(recorder, served=False), lambda: seen.append(board.responsible()))()
    assert seen == [current, recorder, current]


def test_a_task_sees_each_sighting_once(recorder: Recorder) -> None:
    """A loop in a task gives it one thing to settle."""
    task = handed(recorder)

    def work() -> None:
        for _ in range(3):
            see(recorder)
        assert len(task.sightings) == 1

    Run(task, work)()
    assert not task.sightings


def test_a_hub_makes_a_plain_frame_of_what_another_process_told() -> None:
    """Unless it knows better whose code it is."""
    frame = Hub(lambda raw: ()).framed(("/app/shop.py", 3, "work", 3, 4, 9, None, 1))
    assert (frame.file, frame.line, frame.function) == ("/app/shop.py", 3, "work")
