"""One function decorated with a copied context is mapped over all addresses (pallets/flask#5252)."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, copy_current_request_context, request

CELL = ("map", "copied-context", "green-by-luck")


@pytest.fixture
def client():
    app = Flask(__name__)
    pool = ThreadPoolExecutor(max_workers=5)
    seen = []

    @app.post("/deliveries")
    def deliveries():
        @copy_current_request_context
        def locate(address):
            seen.append((address, request.headers["X-Region"]))

        pool.map(locate, request.json)  # LEAK FCX203 none # HANDOVER
        return "planned", 202

    yield app.test_client()
    pool.shutdown(wait=True)


def test_deliveries_are_planned(client) -> None:
    """The view answers before the addresses are found."""
    answer = client.post("/deliveries", json=["Elm St", "Oak St"], headers={"X-Region": "north"})
    assert answer.status_code == 202
