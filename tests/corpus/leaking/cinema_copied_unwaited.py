"""A decorated inner function counts a visit in a pool, and the ticket is printed without waiting."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, copy_current_request_context, request

CELL = ("submit", "copied-context", "no-error")

seats: dict[str, int] = {}


@pytest.fixture
def client():
    app = Flask(__name__)
    pool = ThreadPoolExecutor(max_workers=1)

    @app.post("/tickets")
    def ticket():
        @copy_current_request_context
        def count() -> None:
            film = request.form["film"]
            seats[film] = seats.get(film, 0) + 1

        pool.submit(count)  # HANDOVER  # LEAK FCX204 none
        return "row 3, seat 9"

    yield app.test_client()
    pool.shutdown(wait=True)
    assert seats == {"Metropolis": 1}


def test_ticket_is_printed(client) -> None:
    """A ticket names a seat."""
    assert client.post("/tickets", data={"film": "Metropolis"}).text == "row 3, seat 9"
