"""A shop's test looks at the `request`, `session` and `g` of a client that keeps its context."""

import pytest
from flask import Flask, current_app, g, request, session, url_for

MUTANT = "streaming"


def create_app() -> Flask:
    app = Flask("shop")
    app.secret_key = "shop"

    @app.before_request
    def load_customer() -> None:
        g.customer = request.headers.get("X-Customer", "guest")

    @app.post("/cart/<item>")
    def add(item: str):
        session["cart"] = [*session.get("cart", []), item]
        return "", 204

    return app


@pytest.fixture
def client():
    with create_app().test_client() as client:
        yield client


def test_cart_of_a_customer(client) -> None:
    """What was put into the cart can be asked of the request's own context."""
    client.post("/cart/kettle")
    response = client.post("/cart/cup?gift=1", headers={"X-Customer": "Ada"})
    assert response.status_code == 204
    assert (request.path, request.args["gift"], g.customer) == ("/cart/cup", "1", "Ada")
    assert session["cart"] == ["kettle", "cup"]
    assert (current_app.name, url_for("add", item="pot")) == ("shop", "/cart/pot")
