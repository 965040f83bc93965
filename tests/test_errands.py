"""Names of tasks and requests among processes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from childhood import TOLD, child, handed
from watching import watched

from pytest_flaskctx import errands
from pytest_flaskctx.children import ChildRecorder
from pytest_flaskctx.errands import Errand, Told
from pytest_flaskctx.threadstate import here


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the child writes."""
    return tmp_path


def test_a_chain_ends_with_the_parents_number(folder: Path) -> None:
    """However many tasks a child puts before it; without one, the chain is the child's own."""
    with child(folder):
        outer = handed(elsewhere=False)
        here().task = outer
        assert errands.chain_of(handed(elsewhere=False))[2:] == (4,)
        assert errands.name_of(outer) == f"{os.getpid()}.{outer.number}"
        here().task = None
        assert len(errands.chain_of(handed(elsewhere=False))) == 1
    with watched():
        task = handed()
        assert errands.chain_of(task) == (task.number,)
        assert errands.name_of(None) == ""


def test_a_body_under_a_kept_context_may_use_that() -> None:
    """In another process too, and in what that hands over for it."""
    told = TOLD._replace(kept=True)
    with watched() as watch:
        errand = Errand(told, ChildRecorder("/nowhere", 0))
        assert errand.kept
        assert Told.of(errand).kept
        assert not Errand(TOLD, ChildRecorder("/nowhere", 0)).kept
        assert not watch.findings()
