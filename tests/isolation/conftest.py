"""Modules of a user's, made from source, for the engine of ``flask_ctx_isolation`` to explore."""

from __future__ import annotations

import importlib.util
import linecache
import sys
import threading
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from textwrap import dedent
from types import ModuleType

import pytest

_numbers = count()


@pytest.fixture
def module(tmp_path: Path) -> Iterator[Callable[..., ModuleType]]:
    """Make and import a module from its source; it is gone when the test is over."""
    made: list[ModuleType] = []

    def make(source: str, name: str = "") -> ModuleType:
        name = name or f"users_{next(_numbers)}"
        file = tmp_path / f"{name}.py"
        file.write_text(dedent(source), encoding="utf-8")
        linecache.checkcache(str(file))
        spec = importlib.util.spec_from_file_location(name, file)
        assert spec is not None
        assert spec.loader is not None
        found = sys.modules[name] = importlib.util.module_from_spec(spec)
        made.append(found)
        spec.loader.exec_module(found)
        return found

    yield make
    for each in made:
        del sys.modules[each.__name__]


@pytest.fixture(autouse=True)
def nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads that other tests left behind count for nobody."""
    listed = threading.enumerate
    others = set(listed()) - {threading.current_thread()}
    monkeypatch.setattr(
        threading, "enumerate", lambda: [each for each in listed() if each not in others]
    )
