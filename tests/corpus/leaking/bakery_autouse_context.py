"""A bakery's tests all run in an app context that an autouse fixture holds, so the loaf of one order
is still on `g` for the next.
"""

import pytest
from flask import Flask, g

CELL = ("fixture", "none", "outlives-request")

app = Flask(__name__)


@app.put("/order/<loaf>")
def order(loaf: str):
    g.loaf = loaf
    return "", 204


@app.get("/bill")
def bill():
    return {"loaf": g.get("loaf", "none")}


@pytest.fixture(autouse=True)
def bakery():
    with app.app_context():  # LEAK FCX303 none
        yield


def test_bill_follows_order() -> None:
    """A bill names a loaf, or none."""
    client = app.test_client()
    client.put("/order/rye")
    assert client.get("/bill").json["loaf"] in {"rye", "none"}
