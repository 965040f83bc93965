"""A draw is applied in a `ThreadPool` with a copied context, and nobody gets its result."""

from multiprocessing.pool import ThreadPool

import pytest
from flask import Flask, copy_current_request_context, request

CELL = ("threadpool-apply", "copied-context", "unread-result")

tickets: list[int] = []


def register(number: int) -> None:
    if request.is_json:
        tickets.append(number + request.get_json()["extra"])


@pytest.fixture
def app():
    app = Flask(__name__)
    pool = ThreadPool(1)

    @app.post("/tickets/<int:number>")
    def buy(number: int):
        request.get_json()
        register_here = copy_current_request_context(register)
        pool.apply_async(register_here, args=(number,))  # HANDOVER  # LEAK FCX204 none
        return "good luck"

    yield app
    pool.close()
    pool.join()
    assert tickets == [50]


def test_luck_is_wished(app) -> None:
    """Whoever buys a ticket is wished good luck."""
    assert app.test_client().post("/tickets/49", json={"extra": 1}).text == "good luck"
