"""Two clients with sessions of their own shop in two threads that take turns at a barrier."""

import threading

from flask import Flask, session

MUTANT = "client-in-thread"

app = Flask(__name__)
app.secret_key = "carts"
turn = threading.Barrier(2)


@app.post("/cart/<item>")
def add(item: str):
    turn.wait(5)
    session["cart"] = [*session.get("cart", []), item]
    return session["cart"]


class Shopper(threading.Thread):
    def __init__(self, *items: str) -> None:
        super().__init__()
        self.items = items
        self.cart: list[str] = []

    def run(self) -> None:
        with app.test_client() as client:
            for item in self.items:
                self.cart = client.post(f"/cart/{item}").json
            with client.session_transaction() as stored:
                assert stored["cart"] == self.cart


def test_carts_stay_apart() -> None:
    """Nobody finds somebody else's goods in the cart."""
    shoppers = [Shopper("tea", "cup"), Shopper("nail", "saw")]
    for shopper in shoppers:
        shopper.start()
    for shopper in shoppers:
        shopper.join()
    assert [shopper.cart for shopper in shoppers] == [["tea", "cup"], ["nail", "saw"]]
