"""Any timeline that is whole in itself, for properties."""

from __future__ import annotations

from builders import finding
from hypothesis import strategies as st
from stories import after_request

from pytest_flaskctx.findings import Finding
from pytest_flaskctx.timeline import Handed, Lane, Mark, Ran, Served, Timeline

FINDINGS: tuple[Finding, ...] = (finding(), after_request())
"""Of which the marks of these timelines are."""

words = st.text(max_size=60)
times = st.floats(0, 100) | st.sampled_from([0.0, 0.001, 0.002, 3.0])


@st.composite
def timelines(draw: st.DrawFn) -> Timeline:
    """Return a test in which anything happened, in any order."""
    lanes = draw(st.lists(st.builds(Lane, st.integers(1, 3), words), min_size=1, max_size=24))
    lane = st.integers(0, len(lanes) - 1)
    ends = st.none() | times
    requests = draw(st.lists(st.tuples(lane, times, ends, words, words, st.none() | words)))
    numbers = st.none() | st.integers(0, 9)
    tasks = draw(st.lists(st.tuples(words, words, lane, times, numbers, numbers)))
    calls = draw(st.lists(st.builds(Ran, st.integers(0, 9), lane, times, ends), max_size=60))
    marks = draw(
        st.lists(
            st.tuples(lane, times, numbers, st.sampled_from(FINDINGS)), min_size=1, max_size=40
        )
    )
    return Timeline(
        draw(words),
        draw(times),
        tuple(lanes),
        tuple(Served(n, *row) for n, row in enumerate(requests)),
        tuple(Handed(n, *row) for n, row in enumerate(tasks)),
        tuple(call._replace(end=max(call.begin, call.end or 0)) for call in calls),
        tuple(Mark(at, when, task, f.fingerprint, f.code) for at, when, task, f in marks),
    )
