"""A parcel's price is cached by the request that asked for it, which no other request ever equals."""

from functools import lru_cache

from flask import Flask, Request, request

CELL = ("lru-cache", "none", "retained")

parcels = Flask(__name__)


@lru_cache(maxsize=100)
def price(asked: Request) -> int:  # LEAK FCX304 none
    return 3 + 2 * int(asked.args["kilos"])


@parcels.get("/price")
def tell():
    return {"price": price(request._get_current_object())}


def test_price_by_weight() -> None:
    """Two kilos cost seven."""
    assert parcels.test_client().get("/price?kilos=2").json == {"price": 7}
