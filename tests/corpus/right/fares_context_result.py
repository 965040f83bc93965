"""A fare is worked out in a pool under a copied context, and the view waits for the result."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
from flask import Flask, current_app, g, request

MUTANT = "copied-context"

pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="fares")

app = Flask(__name__)
app.config["FARE"] = 3


@app.before_request
def load_card() -> None:
    g.card = request.headers.get("X-Card", "none")


def fare() -> int:
    full = current_app.config["FARE"] * int(request.args["zones"])
    return full // 2 if g.card == "half" else full


@app.get("/fare")
def show():
    return {"fare": pool.submit(copy_context().run, fare).result(timeout=5)}


@pytest.fixture(scope="module", autouse=True)
def _pool_closed():
    yield
    pool.shutdown(wait=True)


def test_half_fare() -> None:
    """Who has a card pays half."""
    client = app.test_client()
    assert client.get("/fare?zones=4").json == {"fare": 12}
    assert client.get("/fare?zones=4", headers={"X-Card": "half"}).json == {"fare": 6}
