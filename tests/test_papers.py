"""What makes a process a child, and what its functions are pickled as."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from childhood import START, TOLD, arrive, child, refuse
from errands import double, size
from watching import run_thread

from pytest_flaskctx import papers
from pytest_flaskctx.board import board
from pytest_flaskctx.children import ChildRecorder
from pytest_flaskctx.errands import Errand
from pytest_flaskctx.papers import Papers, ProcessRun
from pytest_flaskctx.system import System
from pytest_flaskctx.threadstate import here


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the child writes."""
    return tmp_path


def test_the_function_is_pickled_as_it_would_be(folder: Path) -> None:
    """It arrives with its task; where nobody watches, alone; and a lambda arrives nowhere."""
    run = ProcessRun(TOLD, double)
    assert pickle.loads(pickle.dumps(run)) is double
    assert run(4) == 8
    with child(folder):
        arrived = pickle.loads(pickle.dumps(run))
        assert isinstance(arrived, ProcessRun)
        assert arrived(4) == 8
    refused = []
    for thing in (lambda: 1, ProcessRun(TOLD, lambda: 1)):
        try:
            pickle.dumps(thing)
        except Exception as error:
            refused.append(type(error))
    assert len(refused) == 2
    assert refused[0] is refused[1]


@pytest.mark.parametrize(
    "python", [None, "/another/python", b"/another/python"], ids=["none", "other", "bytes"]
)
def test_who_cannot_import_us_gets_the_function_alone(folder: Path, monkeypatch, python) -> None:
    """A process of another Python must not break for want of a package."""
    spawn = SimpleNamespace(get_executable=lambda: python)
    monkeypatch.setitem(sys.modules, "multiprocessing.spawn", spawn)
    with child(folder):
        assert pickle.loads(pickle.dumps(ProcessRun(TOLD, double))) is double
        assert pickle.loads(pickle.dumps(Papers(str(folder), arrive, (), START))) == ()


def test_who_does_not_find_us_gets_the_function_alone(folder: Path, monkeypatch) -> None:
    """Nor must one whose path was changed."""
    monkeypatch.delitem(sys.modules, "multiprocessing.spawn", raising=False)
    with child(folder):
        assert isinstance(pickle.loads(pickle.dumps(ProcessRun(TOLD, double))), ProcessRun)
        home = str(Path(papers.__file__).parent.parent)
        monkeypatch.setattr(sys, "path", [each for each in sys.path if each != home])
        assert pickle.loads(pickle.dumps(ProcessRun(TOLD, double))) is double


def test_papers_make_a_child_of_who_reads_them(folder: Path) -> None:
    """A spawned process reads them with the process that it is; once is enough."""
    with child(folder):
        board.child = None
        papers = pickle.loads(pickle.dumps(Papers(str(folder), arrive, (), START)))
        recorder = board.child
        assert isinstance(recorder, ChildRecorder)
        assert isinstance(here().started, Errand)
        papers.enter()
        assert board.child is recorder
        papers.leave()
        assert here().started.over()


def test_a_child_that_cannot_be_watched_goes_on(folder: Path) -> None:
    """Whatever fails there is not the program's failure."""
    with child(folder):
        board.child = None
        papers = pickle.loads(pickle.dumps(Papers(str(folder), refuse, (), START)))
        assert board.child is None
        papers.leave()


def test_a_childs_child_is_one_of_its_own(folder: Path, monkeypatch) -> None:
    """It has its parent's modules as they were, and must not take itself for that one."""
    with child(folder):
        parent = board.child
        monkeypatch.setattr(System, "getpid", lambda: -1)
        Papers(str(folder), arrive, (), START).enter()
        assert board.child is not parent


def test_who_runs_tests_is_nobodys_child(folder: Path) -> None:
    """A process that was forked for a test records for itself."""
    with child(folder) as at:
        at.watch.engine.begin(at.watch.recorder.subject)
        assert board.child is None
        run_thread(size)
        assert board.current is not None
        assert len(board.current.sightings) == 1
        assert not at.letters


def test_leaving_without_a_start_is_nothing(folder: Path) -> None:
    """A child may know no start of its own."""
    with child(folder):
        recorder: Any = board.child
        recorder.started = None
        Papers(str(folder), arrive, (), START).leave()
