"""What of a test is drawn by itself."""

from __future__ import annotations

from builders import finding
from stories import after_request, crowd, handed, mark, never, readme, served

from pytest_flaskctx.findings import Finding
from pytest_flaskctx.reports.html.choosing import (
    MOST_BARS,
    MOST_LANES,
    Chosen,
    Key,
    Leak,
    called,
    choose,
)
from pytest_flaskctx.timeline import Handed, Lane, Mark, Ran, Served, Timeline


def leaks(*findings: Finding) -> dict[Key, Leak]:
    return {(f.fingerprint, f.code): Leak(n, f) for n, f in enumerate(findings, 1)}


def chosen(timeline: Timeline, *findings: Finding) -> Chosen:
    found = choose(timeline, leaks(*findings))
    assert found is not None
    return found


def test_a_small_test_is_drawn_as_it_is() -> None:
    """Nothing is left out, and the mark knows its call and its request."""
    of = finding()
    story = readme(of)
    found = chosen(story, of)
    assert found.lanes == (0, 1)
    assert (found.requests, found.calls, found.crowd) == (story.requests, story.calls, ())
    (point,) = found.points
    assert (point.leak.anchor, point.call, point.request) == (
        "finding-1",
        story.calls[0],
        story.requests[0],
    )


def test_delay() -> None:
    """Only what came after the end of the request has one."""
    of = finding()
    (late,) = chosen(readme(of), of).points
    assert late.delay is not None
    assert round(late.delay, 4) == 2.9989
    (within,) = chosen(readme(of, marks=(mark(1, 0.004, of),)), of).points
    assert within.delay is None
    (unknown,) = chosen(readme(of, marks=(mark(1, 0.004, of, None),)), of).points
    assert (unknown.call, unknown.request, unknown.delay) == (None, None, None)
    (open_,) = chosen(readme(of, requests=(served(0, 0.0, None),)), of).points
    assert open_.delay is None


def test_what_is_not_known_of_a_task() -> None:
    """Its request may have been left out, it may stand behind none, or be left out itself."""
    of = finding()
    for changes in (
        {"requests": ()},
        {"tasks": (handed(0, 0.0034, request=None),)},
        {"tasks": ()},
    ):
        (point,) = chosen(readme(of, **changes), of).points
        assert point.request is None


def test_the_call_of_a_mark_is_the_last_that_had_begun() -> None:
    """A callback may be called several times, and in several threads."""
    of = finding()
    calls = (Ran(0, 1, 0.01, 0.02), Ran(0, 1, 0.03, 0.04), Ran(0, 1, 0.05, 0.06), Ran(0, 0, 0.0, 1))
    (point,) = chosen(readme(of, calls=calls, marks=(mark(1, 0.035, of),)), of).points
    assert point.call == calls[1]
    (early,) = chosen(readme(of, calls=calls, marks=(mark(1, 0.001, of),)), of).points
    assert early.call is None


def test_marks_of_what_is_no_finding() -> None:
    """Somebody's hook may have vetoed it: the test is not drawn for that."""
    assert choose(readme(finding()), {}) is None
    assert choose(readme(finding(), marks=()), leaks(finding())) is None


def test_each_finding_comes_before_any_comes_twice() -> None:
    """However often the worst was seen, there is room for the others."""
    first, second = finding(), after_request()
    marks = (*(mark(1, 0.01 * n, first) for n in range(1, 50)), mark(1, 0.9, second))
    found = chosen(readme(first, marks=marks), first, second)
    assert [point.leak.number for point in found.points[:3]] == [1, 2, 1]


def test_of_ten_thousand_tasks_those_that_leak_are_drawn() -> None:
    """With their requests; all others are a crowd."""
    of = finding()
    found = chosen(crowd(10_000, of), of)
    assert [call.task for call in found.calls] == [1000, 5000, 9000]
    assert [request.number for request in found.requests] == [10, 50, 90]
    assert len(found.crowd) == 10_000 + 100 - 6
    assert found.lanes == tuple(range(9))


def test_of_very_many_threads_those_that_leak_are_drawn() -> None:
    """With those that handed over; the others are one lane, which is not among these."""
    of = finding()
    story = crowd(10_000, of, threads=5000)
    found = chosen(story, of)
    assert found.lanes == (0, 1, 1001, 4001)
    many = tuple(mark(n, 0.5, of, None) for n in range(1, 40))
    assert len(chosen(story._replace(marks=many), of).lanes) == MOST_LANES


def test_tasks_that_wait() -> None:
    """Those that never began are drawn, of many only those that are marked."""
    of = finding()
    assert [task.number for task in chosen(never(of), of).waiting] == [1]
    idle: tuple[Handed, ...] = tuple(handed(n, 0.003) for n in range(1, MOST_BARS + 5))
    marks: tuple[Mark, ...] = (mark(0, 0.5, of, 7),)
    found = chosen(readme(of, tasks=(handed(0, 0.003), *idle), marks=marks), of)
    assert [task.number for task in found.waiting] == [7]


def test_requests_without_words() -> None:
    """Nobody may have asked for them."""
    assert called(served(0, 0.0, 1.0)) == "POST /task"
    assert called(Served(0, 0, 0.0, 1.0, "", "", None)) == "a request"


def test_lanes_that_were_left_out() -> None:
    """What stands in a lane that is not drawn is of the crowd."""
    of = finding()
    lanes = tuple(Lane(1, f"t{n}") for n in range(MOST_LANES + 4))
    found = chosen(readme(of, lanes=lanes, calls=(Ran(0, 1, 0.0, 1.0), Ran(1, 9, 0.0, 1.0))), of)
    assert found.lanes == (0, 1)
    assert found.crowd == (Ran(1, 9, 0.0, 1.0),)
