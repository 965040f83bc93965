"""An auction whose signal receiver notes the latest bid in a list that the answer is made of."""

from blinker import Namespace
from flask import Flask, request

HOLDER = "item `auction_signal.latest[0]`"

bid_placed = Namespace().signal("bid-placed")
latest = [None]


@bid_placed.connect
def note_bid(sender, bidder, amount):
    latest[0] = (bidder, amount)


def create_app():
    app = Flask(__name__)
    app.testing = True

    @app.post("/lots/<int:lot>")
    def bid(lot):
        amount = int(request.form["amount"])
        bid_placed.send(app, bidder=request.form["bidder"], amount=amount)
        bidder, amount = latest[0]
        return f"Lot {lot}: {amount} by {bidder}"

    return app


def visit(client, token):
    return client.post("/lots/7", data={"bidder": token, "amount": "120"})
