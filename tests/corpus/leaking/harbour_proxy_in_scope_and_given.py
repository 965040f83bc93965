"""A factory imports `request`, so that its jobs have the name in scope; one of them is given it."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

CELL = ("submit", "request", "branch-not-taken")


def create_app(pool: ThreadPoolExecutor):
    from flask import Flask, has_request_context, request

    app = Flask("harbour")
    moored: list[str] = []

    def moor(ship: str, pilot=None) -> None:
        by = request.remote_addr if has_request_context() else ship
        moored.append(by if len(ship) < 99 else pilot.remote_addr)

    @app.post("/ships/<ship>")
    def arrive(ship: str):
        pool.submit(moor, ship)
        pool.submit(partial(moor, ship, pilot=request))  # HANDOVER  # LEAK FCX103 request
        return "welcome"

    return app


@pytest.fixture
def client():
    pool = ThreadPoolExecutor(max_workers=1)
    yield create_app(pool).test_client()
    pool.shutdown(wait=True)


def test_ship_arrives(client) -> None:
    """It is welcome."""
    assert client.post("/ships/Pinta").text == "welcome"
