"""A bakery's prices are mapped over a pool, each item in a copy of the context; `map` is read in
the view.
"""

from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context

import pytest
from flask import Blueprint, Flask, request, session

MUTANT = "copied-context"

bakery = Blueprint("bakery", __name__)
PRICES = {"bread": 4, "roll": 1, "pie": 12}


def price(item: str) -> str:
    cents = PRICES[item] * 100 - int(request.args.get("discount", 0))
    return f"{item}: {cents} {session['currency']}"


def priced(pair: tuple[Context, str]) -> str:
    context, item = pair
    return context.run(price, item)


@bakery.get("/prices/<currency>")
def prices(currency: str):
    session["currency"] = currency
    with ThreadPoolExecutor(max_workers=2) as pool:
        return list(pool.map(priced, [(copy_context(), item) for item in sorted(PRICES)]))


@pytest.fixture
def client():
    app = Flask(__name__)
    app.secret_key = "bakery"
    app.register_blueprint(bakery)
    return app.test_client()


def test_prices_with_discount(client) -> None:
    """The discount is taken off every price."""
    answer = client.get("/prices/cents?discount=50").json
    assert answer == ["bread: 350 cents", "pie: 1150 cents", "roll: 50 cents"]
