"""A tracer asks `if request:` in the pool, takes the branch without one, and its trace has no
path.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, request

CELL = ("submit", "request", "guard")

pool = ThreadPoolExecutor(max_workers=1)
traces: list[dict[str, str]] = []


def trace(step: str) -> None:
    entry = {"step": step}
    if request:  # LEAK FCX102 request
        entry["path"] = request.path
    traces.append(entry)


app = Flask(__name__)


@app.get("/checkout")
def checkout():
    pool.submit(trace, "checkout")  # HANDOVER
    return "paid"


@pytest.fixture(scope="module", autouse=True)
def _pool_closed():
    yield
    pool.shutdown(wait=True)


def test_checkout() -> None:
    """Whoever checks out has paid."""
    assert app.test_client().get("/checkout").text == "paid"
