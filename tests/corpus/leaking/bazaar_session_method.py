"""The method `get` of the real session is what goes to the pool, and the basket is read too late."""

from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from flask import Flask, session

CELL = ("submit", "session", "bound-method")


class Bazaar:
    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(max_workers=1)
        self.baskets: list[Future] = []
        self.app = Flask(__name__)
        self.app.secret_key = "bazaar"

        @self.app.post("/basket/<fruit>")
        def put(fruit: str):
            session["basket"] = [*session.get("basket", []), fruit]
            basket = self.pool.submit(session.get, "basket")  # HANDOVER  # LEAK FCX206 session
            self.baskets.append(basket)
            return "", 204


@pytest.fixture
def bazaar():
    made = Bazaar()
    yield made
    made.pool.shutdown(wait=True)


def test_basket_is_filled(bazaar) -> None:
    """What was put into the basket is in it."""
    client = bazaar.app.test_client()
    assert client.post("/basket/fig").status_code == 204
    assert [basket.result(timeout=5) for basket in bazaar.baskets] == [["fig"]]
