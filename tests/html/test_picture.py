"""A test as a picture: what stands where."""

from __future__ import annotations

from itertools import pairwise

from builders import finding
from hypothesis import given
from stories import after_request, crowd, handed, mark, never, readme, served
from timelines import FINDINGS, timelines

from pytest_flaskctx.findings import Finding
from pytest_flaskctx.reports.html.choosing import Leak, choose
from pytest_flaskctx.reports.html.figures import BAR, LEFT, WIDTH, Bar, Picture
from pytest_flaskctx.reports.html.picture import draw
from pytest_flaskctx.timeline import Lane, Ran, Timeline


def drawn(timeline: Timeline, *findings: Finding) -> Picture:
    leaks = {(f.fingerprint, f.code): Leak(n, f) for n, f in enumerate(findings, 1)}
    chosen = choose(timeline, leaks)
    assert chosen is not None
    return draw(chosen)


def test_the_readmes_story() -> None:
    """One look says: this task read the request after it had ended."""
    of = finding()
    picture = drawn(readme(of), of)
    main, pool = picture.lanes
    request, task = picture.bars
    assert (main.name, pool.name, pool.detail) == ("MainThread", "ThreadPoolExecutor-0_0", "")
    assert pool.title == "ThreadPoolExecutor-0_0, process 4711"
    assert main.y < request.y < request.y + BAR < main.y + main.height == pool.y < task.y
    assert (request.kind, request.title) == ("request", "request POST /task, at 1.2 ms: 4 ms")
    assert (task.kind, task.title) == ("task", "task process_task, at 3.7 ms: 3,001 ms")
    assert (request.label and request.label.text, task.label and task.label.text) == (
        "POST /task",
        "process_task",
    )
    (end,) = picture.ends
    assert end.label is not None
    assert end.label.text == "POST /task ended"
    assert end.x == request.x + request.width == task.x + task.solid
    assert end.top < main.y < task.y + BAR < end.bottom < picture.floor
    (spot,) = picture.spots
    assert end.x < spot.x < task.x + task.width
    assert spot.y == task.y + BAR / 2
    assert spot.label is not None
    assert spot.label.text == "request · FCX101"
    assert spot.label_y > task.y + BAR
    assert spot.name.startswith("FCX101 unbound-access at 3,004 ms: `request` used")
    (arrow,) = picture.arrows
    assert (request.x < arrow.x < task.x, arrow.y) == (True, request.y + BAR)
    (gap,) = picture.gaps
    assert gap.label == "2,999 ms"
    assert picture.height > picture.floor


def test_within_its_request() -> None:
    """No line is drawn where the request was still there, and all of the task is solid."""
    of = finding()
    story = readme(of, requests=(served(0, 0.001, 4.0),))
    picture = drawn(story, of)
    assert picture.ends == ()
    assert all(bar.solid == bar.width for bar in picture.bars)


def test_open_waiting_and_other_processes() -> None:
    """What has not ended is open to the right; what never began stands where it was handed over."""
    of = finding()
    picture = drawn(never(of), of, after_request())
    bars = {bar.title.partition(",")[0]: bar for bar in picture.bars}
    assert bars["request GET /stream"].open
    assert bars["request GET /stream"].x + bars["request GET /stream"].width < WIDTH
    waiting = bars["task send_mail"]
    assert waiting.kind == "never"
    assert waiting.title == "task send_mail, handed over at 6 ms, never begun"
    assert waiting.label is not None
    assert waiting.label.text == "send_mail, never begun"
    assert picture.lanes[0].y < waiting.y < picture.lanes[1].y
    assert [lane.detail for lane in picture.lanes] == [
        "process 4711",
        "process 4711",
        "process 4712",
        "process 4711",
    ]
    assert picture.lanes[3].name == "a-thread-with-qu…ame-0_17"
    assert bars["task thread"].open
    assert bars["task thread"].solid == 0
    assert len(picture.arrows) == 3
    assert [spot.label and spot.label.text for spot in picture.spots] == [
        "request · FCX101, 2 times",
        "request · FCX201",
        "request · FCX201",
    ]


def test_no_time_at_all() -> None:
    """A task of no duration is still to be seen, and its label stands beside it."""
    of = finding()
    story = readme(of, calls=(Ran(0, 1, 0.004, 0.004),), marks=(mark(1, 0.004, of),))
    task = drawn(story, of).bars[1]
    assert task.width == 3
    assert task.label is not None
    assert not task.label.inside


def test_a_crowd() -> None:
    """Ten thousand tasks are a strip a lane and a number; those that leak are drawn, and linked."""
    of = finding()
    picture = drawn(crowd(10_000, of), of)
    assert len(picture.bars) == 6
    assert len(picture.strips) < 60
    assert picture.lanes[0].detail == "97 more requests"
    assert picture.lanes[1].detail == "1,247 more tasks"
    assert len(picture.spots) == 3
    assert picture.strips[-1].title == "1,250 at once or one after the other"


def test_many_threads() -> None:
    """Five thousand threads are some lanes, and one for all others."""
    of = finding()
    picture = drawn(crowd(10_000, of, threads=5000), of)
    assert [lane.name for lane in picture.lanes][-1] == "4,997 more threads"
    assert picture.lanes[-1].detail == "9,994 more tasks"
    other = mark(900, 0.5, after_request(), None)
    story = crowd(10_000, of, threads=5000)
    full = tuple(mark(n, 0.5, of, n) for n in range(1, 60))
    spots = drawn(story._replace(marks=(*full, other)), of, after_request()).spots
    assert {spot.leak.number for spot in spots} == {1, 2}


def test_unknown_names() -> None:
    """A process of which no thread is known, and a task without a name."""
    of = finding()
    story = readme(of, lanes=(Lane(1, "MainThread"), Lane(2, "")), tasks=())
    picture = drawn(story, of)
    assert [lane.name for lane in picture.lanes] == ["MainThread", "(process)"]
    assert picture.lanes[1].title == "a process, process 2"
    assert picture.arrows == ()
    assert picture.bars[1].title.startswith("task task, at")


def test_nothing_stands_on_an_arrow() -> None:
    """Neither an earlier task nor a label: it goes by them, straight to the upper edge."""
    of = finding()
    calls = (Ran(0, 1, 0.010, 0.012), Ran(1, 1, 0.030, 0.032), Ran(2, 1, 0.049, 0.0491))
    story = readme(
        of,
        requests=(served(0, 0.001, 0.050),),
        tasks=tuple(handed(n, 0.003) for n in range(3)),
        calls=calls,
        marks=(mark(1, 0.011, of),),
    )
    picture = drawn(story, of)
    first, second, third = picture.arrows
    assert "H" in first.path
    assert "L" in second.path
    assert "L" in third.path
    late = picture.bars[-1]
    assert late.label is not None
    assert late.label.x < late.x


def test_a_task_of_another_lane_than_its_request() -> None:
    """A task hands over from its own lane, whatever request is behind it."""
    of = finding()
    story = readme(of, tasks=(handed(0, 0.0034, lane=1),))
    picture = drawn(story, of)
    assert picture.arrows[0].y == picture.bars[1].y + BAR / 2


def test_a_task_above_its_request() -> None:
    """The arrow goes up where the thread was seen before."""
    of = finding()
    story = readme(
        of,
        requests=(served(0, 0.0012, 0.0052, lane=1),),
        tasks=(handed(0, 0.0034, lane=1),),
        calls=(Ran(0, 0, 0.0037, 3.0),),
        marks=(mark(0, 2.9, of),),
    )
    picture = drawn(story, of)
    request = next(bar for bar in picture.bars if bar.kind == "request")
    assert picture.arrows[0].y == request.y
    assert picture.ends[0].bottom > request.y + BAR


def test_very_many_requests_that_were_used_after_their_end() -> None:
    """Their ends are all drawn, their labels as far as there is room."""
    of = finding()
    count = 12
    story = readme(
        of,
        requests=tuple(served(n, 0.001, 0.005) for n in range(count)),
        tasks=tuple(handed(n, 0.002, request=n) for n in range(count)),
        calls=tuple(Ran(n, 1, 0.003, 0.020) for n in range(count)),
        marks=tuple(mark(1, 0.01, of, n) for n in range(count)),
    )
    ends = drawn(story, of).ends
    assert len(ends) == count
    assert [bool(end.label) for end in ends] == [True] * 3 + [False] * (count - 3)


@given(timelines())
def test_anything_can_be_drawn(timeline: Timeline) -> None:
    """Whatever happened: it is within the picture, nothing lies over another, no finding is lost."""
    picture = drawn(timeline, *FINDINGS)
    for bar in picture.bars:
        assert bar.x >= LEFT
        assert bar.x + bar.width <= WIDTH
        assert 0 <= bar.solid <= bar.width
    for lane, below in zip(picture.lanes, (*picture.lanes[1:], None), strict=True):
        assert below is None or below.y == lane.y + lane.height
        assert not _overlap([bar for bar in picture.bars if lane.y <= bar.y < lane.y + lane.height])
    marked = {(mark.fingerprint, mark.code) for mark in timeline.marks}
    assert {(s.leak.finding.fingerprint, s.leak.finding.code) for s in picture.spots} == marked
    for spot in picture.spots:
        assert 0 < spot.y < picture.floor
        assert spot.label is None or spot.label_y < picture.floor


def _overlap(bars: list[Bar]) -> bool:
    rows: dict[float, list[tuple[float, float]]] = {}
    for bar in bars:
        begin, end = bar.x, bar.x + bar.width
        if bar.label:
            begin, end = min(begin, bar.label.x), max(end, bar.label.end)
        rows.setdefault(bar.y, []).append((begin, end))
    ordered = [sorted(row) for row in rows.values()]
    return any(one[1] > other[0] for row in ordered for one, other in pairwise(row))
