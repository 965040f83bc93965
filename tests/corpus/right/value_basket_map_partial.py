"""A basket's prices are mapped by a partial that carries the currency out of the session."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

from flask import Flask, session

MUTANT = "value-passed"

PRICES = {"tea": {"EUR": 4, "GBP": 3}, "scones": {"EUR": 6, "GBP": 5}}

app = Flask(__name__)
app.secret_key = "basket"


def price(currency: str, item: str) -> int:
    return PRICES[item][currency]


@app.put("/currency/<code>")
def choose(code: str):
    session["currency"] = code
    return "", 204


@app.get("/basket")
def basket():
    with ThreadPoolExecutor(max_workers=2) as pool:
        return {"total": sum(pool.map(partial(price, session["currency"]), PRICES))}


def test_basket_in_pounds() -> None:
    """The total is in the currency that was chosen."""
    client = app.test_client()
    client.put("/currency/GBP")
    assert client.get("/basket").json == {"total": 8}
