"""A pool starts its workers at import, outside any request, and is passed what it needs."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, request

MUTANT = "value-passed"

pool = ThreadPoolExecutor(max_workers=2)
started = threading.Barrier(3)
for _ in range(2):
    pool.submit(started.wait, 5)
started.wait(5)

app = Flask(__name__)


def greet(name: str) -> str:
    return f"Hello {name}"


@app.get("/greet")
def greeting():
    return pool.submit(greet, request.args["name"]).result(timeout=5)


@pytest.fixture(scope="module", autouse=True)
def _pool_closed():
    yield
    pool.shutdown()


def test_greetings() -> None:
    """Everybody is greeted by their own name."""
    client = app.test_client()
    assert [client.get(f"/greet?name={name}").text for name in ("Gil", "Hal")] == [
        "Hello Gil",
        "Hello Hal",
    ]
