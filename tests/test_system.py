"""The system as it was before any test."""

from __future__ import annotations

import os
import tempfile

from pytest_flaskctx import system
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
