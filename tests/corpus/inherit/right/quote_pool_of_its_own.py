"""Each request for a quote makes a pool, whose threads read that very request while it waits."""

from concurrent.futures import ThreadPoolExecutor

from flask import Flask, request

MUTANT = "async-views"

app = Flask(__name__)


def price(part: str) -> int:
    return len(part) * int(request.args["rate"])


@app.get("/quote")
def quote():
    with ThreadPoolExecutor(max_workers=2) as pool:
        prices = list(pool.map(price, ["nut", "bolt"]))
    return {"total": sum(prices)}


def test_quotes() -> None:
    """Each quote is made at its own rate."""
    client = app.test_client()
    assert client.get("/quote?rate=1").json == {"total": 7}
    assert client.get("/quote?rate=2").json == {"total": 14}
