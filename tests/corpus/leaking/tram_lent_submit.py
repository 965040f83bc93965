"""A tram's fare is awaited; the note of who asked is made beside it, in the view's own context."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
from flask import Flask, g, request

CELL = ("submit", "g", "lent")

pool = ThreadPoolExecutor(max_workers=2)
noted = threading.Event()
log: list[str] = []

app = Flask(__name__)


@app.before_request
def load_rider() -> None:
    g.rider = request.headers.get("X-Rider", "nobody")


def note(stop: str) -> None:
    log.append(f"{g.rider} at {stop}")  # LEAK FCX207 g
    noted.set()


def fare(zones: int) -> int:
    noted.wait(5)
    return 2 * zones


@app.get("/fares/<stop>/<int:zones>")
def show(stop: str, zones: int):
    pool.submit(copy_context().run, note, stop)  # HANDOVER
    return {"fare": pool.submit(fare, zones).result(5)}


@pytest.fixture(scope="module", autouse=True)
def _pool_closed():
    yield
    pool.shutdown(wait=True)


def test_fare() -> None:
    """A fare is told, and who asked for it is noted."""
    client = app.test_client()
    assert client.get("/fares/harbour/3", headers={"X-Rider": "Bo"}).json == {"fare": 6}
    assert log == ["Bo at harbour"]
