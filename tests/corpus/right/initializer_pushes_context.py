"""A pool's initializer pushes an app context for each of its threads, for as long as they live."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, current_app, g

MUTANT = "worker-pushes"

app = Flask(__name__)
app.config["RATE"] = 0.19


def tax(net: int) -> float:
    g.calls = g.get("calls", 0) + 1
    return round(net * current_app.config["RATE"], 2)


@pytest.fixture
def pool():
    executor = ThreadPoolExecutor(max_workers=2, initializer=lambda: app.app_context().push())
    yield executor
    executor.shutdown(wait=True)


def test_taxes_are_computed(pool, monkeypatch) -> None:
    """Every net amount gets its tax."""
    monkeypatch.setitem(app.view_functions, "taxes", lambda: list(pool.map(tax, [100, 10])))
    app.add_url_rule("/taxes", "taxes")
    assert app.test_client().get("/taxes").json == [19.0, 1.9]
