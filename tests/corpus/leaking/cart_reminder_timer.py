"""A shop reminds of an abandoned cart by a `Timer` whose function swallows that `session` is
gone.
"""

import threading

import pytest
from flask import Flask, session

CELL = ("timer", "session", "swallowed")

reminders: list[str] = []
timers: list[threading.Timer] = []


class CartReminder:
    """Reminds of what lies in the cart."""

    def __init__(self, after: float) -> None:
        self.after = after

    def __call__(self) -> None:
        try:
            for item in session["cart"]:  # LEAK FCX101 session
                reminders.append(f"You left {item} behind")
        except Exception:
            pass

    def schedule(self) -> None:
        timer = threading.Timer(self.after, self)
        timers.append(timer)
        timer.start()  # HANDOVER


app = Flask(__name__)
app.config["SECRET_KEY"] = "cart"


@app.post("/cart/<item>")
def add(item: str):
    session.setdefault("cart", []).append(item)
    CartReminder(after=0.01).schedule()
    return {"cart": session["cart"]}


@pytest.fixture(autouse=True)
def _timers_done():
    yield
    for timer in timers:
        timer.join()


def test_cart_keeps_an_item() -> None:
    """What is put into the cart is in it."""
    assert app.test_client().post("/cart/kettle").json == {"cart": ["kettle"]}
