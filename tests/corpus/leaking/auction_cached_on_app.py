"""An auction keeps the last bid's request in a dictionary on the application."""

from flask import Flask, current_app, request

CELL = ("app-attribute", "none", "retained")

auction = Flask(__name__)  # LEAK FCX304 none
auction.cache = {}  # type: ignore[attr-defined]


@auction.post("/bid/<int:amount>")
def bid(amount: int):
    current_app.cache["last"] = request._get_current_object()  # type: ignore[attr-defined]
    return {"amount": amount}


@auction.get("/last")
def last():
    seen = current_app.cache.get("last")  # type: ignore[attr-defined]
    return {"path": seen.path if seen else None}


def test_the_last_bid_is_shown() -> None:
    """The last bid is the one that was made last."""
    client = auction.test_client()
    client.post("/bid/5")
    client.post("/bid/8")
    assert client.get("/last").json == {"path": "/bid/8"}
