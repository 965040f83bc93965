"""What recorders share: who is late, and frames of other processes."""

from __future__ import annotations

import pytest
from recording import new_recorder, see

from pytest_flaskctx.hub import Hub
from pytest_flaskctx.recorder import Recorder


@pytest.fixture
def recorder() -> Recorder:
    """A recorder of a test of its own."""
    return new_recorder()


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


def test_a_hub_makes_a_plain_frame_of_what_another_process_told() -> None:
    """Unless it knows better whose code it is."""
    frame = Hub(lambda raw: ()).framed(("/app/shop.py", 3, "work", 3, 4, 9, None, 1))
    assert (frame.file, frame.line, frame.function) == ("/app/shop.py", 3, "work")
