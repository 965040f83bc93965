"""The system as it was before any test."""

from __future__ import annotations

import os
import tempfile
import time

from pytest_flaskctx import children, parent, records, system
from pytest_flaskctx.system import System


def test_the_temporary_directory_is_the_runs() -> None:
    """A test may have one of its own."""
    assert System.root == os.path.abspath(tempfile.gettempdir())


def test_where_there_is_no_temporary_directory_nothing_fails(monkeypatch) -> None:
    """The run has no less than it had: only who starts a process would want one."""

    def none() -> str:
        raise FileNotFoundError("no usable temporary directory")

    monkeypatch.setattr(tempfile, "gettempdir", none)
    assert system._root() == ""


def test_no_module_of_ours_offers_the_clock_to_who_would_stop_it() -> None:
    """freezegun puts its own in the place of each name of a module that is the real one."""
    assert System.monotonic is time.monotonic
    for module in (children, parent, records, system):
        assert time.monotonic not in vars(module).values()
