"""A basket's prices are mapped in a pool where `session` names no currency, and the view says
503.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, session

CELL = ("map", "session", "raised-to-view")

PRICES = {"tea": {"EUR": 4, "GBP": 3}, "scones": {"EUR": 6, "GBP": 5}}

app = Flask(__name__)
app.secret_key = "basket"


def price(item: str) -> int:
    return PRICES[item][session["currency"]]  # LEAK FCX101 session


@app.route("/currency/<code>", methods=["PUT"])
def choose(code: str):
    session["currency"] = code
    return "", 204


@app.get("/basket")
def basket():
    with ThreadPoolExecutor(max_workers=2) as pricing:
        prices = pricing.map(price, ["tea", "scones"])  # HANDOVER
    return {"total": sum(prices)}


@app.errorhandler(RuntimeError)
def unavailable(error: RuntimeError):
    return {"error": "prices are not available now"}, 503


@pytest.fixture
def client():
    return app.test_client()


def test_basket_without_prices(client) -> None:
    """A basket that cannot be priced is answered with 503."""
    client.put("/currency/GBP")
    assert client.get("/basket").status_code == 503
