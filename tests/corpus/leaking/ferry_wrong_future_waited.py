"""Two tasks have copied contexts, and the view waits for the one that it needs."""

from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from flask import Flask, copy_current_request_context, request

CELL = ("submit", "copied-context", "other-awaited")

manifest: list[str] = []


def price() -> int:
    return 12 * int(request.args["cars"])


def enter() -> None:
    manifest.append(f"{request.args['cars']} cars")


@pytest.fixture
def client():
    app = Flask(__name__)
    crew = ThreadPoolExecutor(max_workers=2)

    @app.get("/crossing")
    def crossing():
        priced = crew.submit(copy_current_request_context(price))
        crew.submit(copy_current_request_context(enter))  # HANDOVER  # LEAK FCX204 none
        wait([priced], timeout=5)
        return {"price": priced.result()}

    yield app.test_client()
    crew.shutdown(wait=True)


def test_crossing_has_a_price(client) -> None:
    """Two cars cost twice as much as one."""
    assert client.get("/crossing?cars=2").json == {"price": 24}
