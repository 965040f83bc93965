"""A view asks another view through a test client inside a thread; that request is bound there."""

import threading

import pytest
from flask import Flask, request

MUTANT = "client-in-thread"


@pytest.fixture
def app():
    app = Flask(__name__)

    @app.get("/price")
    def price():
        return request.args["item"].upper()

    @app.get("/offer")
    def offer():
        item = request.args["item"]
        answers: list[str] = []

        def ask() -> None:
            answers.append(app.test_client().get("/price", query_string={"item": item}).text)

        asking = threading.Thread(target=ask)
        asking.start()
        asking.join()
        return f"{item}: {answers[0]}"

    return app


def test_offer_contains_the_price(app) -> None:
    """An offer is built from the other view's answer."""
    assert app.test_client().get("/offer?item=tea").text == "tea: TEA"
