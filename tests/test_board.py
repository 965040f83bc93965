"""The board: who is written to."""

from __future__ import annotations

import pytest
from recording import handed, new_recorder

from pytest_flaskctx.board import board
from pytest_flaskctx.recorder import Recorder
from pytest_flaskctx.running import Run
from pytest_flaskctx.threadstate import here
from pytest_flaskctx.workloads import Subject


@pytest.fixture
def recorder() -> Recorder:
    """A recorder of a test of its own."""
    return new_recorder()


def test_who_is_responsible(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A task of a request belongs to that request's test, everything else to the current one."""
    current = Recorder(Subject("other"), recorder.hub)
    monkeypatch.setattr(board, "current", current)
    monkeypatch.setattr(here(), "task", None)
    seen: list[Recorder | None] = [board.responsible()]
    Run(handed(recorder), lambda: seen.append(board.responsible()))()
    Run(handed(recorder, served=False), lambda: seen.append(board.responsible()))()
    assert seen == [current, recorder, current]


def test_a_thread_of_a_test_before_is_told_things_in_this_one(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Once its test is over, and it has waited for more than one thing."""
    current = Recorder(Subject("other"), recorder.hub)
    monkeypatch.setattr(board, "current", current)
    seen: list[Recorder | None] = []
    work = Run(handed(recorder), lambda: seen.append(board.responsible()))
    for closed, fed in ((False, 2), (True, 1), (True, 2)):
        recorder.closed = closed
        monkeypatch.setattr(here(), "fed", fed)
        work()
    assert seen == [recorder, recorder, current]
