import multiprocessing

import pytest
from flask import Flask

if "fork" not in multiprocessing.get_all_start_methods():
    pytest.skip("processes are not forked here", allow_module_level=True)

from dashboard import leak, repaired


def seen_by(user: str, app: Flask) -> str:
    return app.test_client().get("/dashboard", headers={"X-User": user}).text


def test_leak() -> None:
    """Green under plain pytest, for it expects what is served: to Bob, the figures of Alice."""
    assert seen_by("Alice", leak.app) == "Figures of Alice"
    assert seen_by("Bob", leak.app) == "Figures of Alice"


def test_repaired() -> None:
    """The process is told whose figures are wanted."""
    assert seen_by("Alice", repaired.app) == "Figures of Alice"
    assert seen_by("Bob", repaired.app) == "Figures of Bob"
