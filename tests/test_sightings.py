"""Sightings: errors are followed by a mark, and kept by nobody."""

from __future__ import annotations

import gc
import weakref

import pytest
from recording import handed, new_recorder, see

from pytest_flaskctx.recorder import Recorder
from pytest_flaskctx.running import Run
from pytest_flaskctx.sightings import Sighting, marked, sighting_of


@pytest.fixture
def recorder() -> Recorder:
    """A recorder of a test of its own."""
    return new_recorder()


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
