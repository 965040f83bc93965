"""An async `MethodView` gathers coroutines that read `request`, all within the loop of the view."""

import asyncio

import pytest
from flask import Flask, request
from flask.views import MethodView

pytest.importorskip("asgiref")

MUTANT = "async-views"


class Prices(MethodView):
    async def get(self):
        names = request.args.getlist("name")
        return list(await asyncio.gather(*(self.price(name) for name in names)))

    async def post(self):
        self.prices[request.form["name"]] = int(request.form["price"])
        return "", 201

    prices: dict[str, int] = {}

    async def price(self, name: str) -> str:
        await asyncio.sleep(0)
        return f"{self.prices[name]} {request.args.get('currency', 'EUR')}"


@pytest.fixture
def client():
    app = Flask(__name__)
    app.add_url_rule("/prices", view_func=Prices.as_view("prices"))
    return app.test_client()


def test_prices_in_one_currency(client) -> None:
    """All prices of one answer are in the currency that was asked for."""
    for name, price in {"tea": 3, "cake": 5}.items():
        client.post("/prices", data={"name": name, "price": price})
    answer = client.get("/prices?name=tea&name=cake&currency=GBP").json
    assert answer == ["3 GBP", "5 GBP"]
