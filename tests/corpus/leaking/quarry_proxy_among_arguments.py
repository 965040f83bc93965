"""A factory of jobs keeps all that it is given, the proxy `request` among it, and is over."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, request

CELL = ("submit", "request", "branch-not-taken")

carts: list[str] = []


def job(function, *args):
    return lambda: function(*args)


def load(stones: int, driver) -> None:
    carts.append(f"{stones} stones" if stones < 9 else f"too much for {driver.remote_addr}")


@pytest.fixture
def client():
    app = Flask(__name__)
    pool = ThreadPoolExecutor(max_workers=1)

    @app.post("/carts/<int:stones>")
    def cart(stones: int):
        pool.submit(job(load, stones, request))  # HANDOVER  # LEAK FCX103 request
        return "loading"

    yield app.test_client()
    pool.shutdown(wait=True)


def test_cart_is_loaded(client) -> None:
    """A few stones are no trouble."""
    assert client.post("/carts/3").text == "loading"
