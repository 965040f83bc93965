"""Orders are priced by `Pool.imap_unordered`, in chunks, with the shop of another request."""

import multiprocessing

import pytest
from flask import Blueprint, Flask, request

if "fork" not in multiprocessing.get_all_start_methods():
    pytest.skip("processes are not forked here", allow_module_level=True)

CELL = ("pool-imap", "request", "served-to-another")

PRICES = {"corner": 3, "market": 2}


def priced(count: int) -> int:
    return count * PRICES[request.view_args["shop"]]  # LEAK FCX202 request


shops = Blueprint("shops", __name__, url_prefix="/shops/<shop>")


@shops.post("/orders")
def order(shop: str):
    pool = shops.pool
    return {"total": sum(pool().imap_unordered(priced, request.json, 2))}  # HANDOVER


@pytest.fixture
def client():
    kept = []

    def pool():
        if not kept:
            kept.append(multiprocessing.get_context("fork").Pool(1))
        return kept[0]

    shops.pool = pool
    app = Flask(__name__)
    app.register_blueprint(shops)
    yield app.test_client()
    kept[0].close()
    kept[0].join()


def test_orders_have_totals(client) -> None:
    """Both shops answer with a total."""
    for shop in PRICES:
        assert client.post(f"/shops/{shop}/orders", json=[1, 2, 3]).json["total"] > 0
