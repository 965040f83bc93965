"""A concert that is sold out: the error carries the guest to its handler."""

from flask import Flask, jsonify, request

MUTANT = (
    ("        raise SoldOut(guest)", "        sold_out.guest = guest\n        raise sold_out"),
    (
        "\n\n@app.errorhandler(SoldOut)",
        '\n\nsold_out = SoldOut("")\n\n\n@app.errorhandler(SoldOut)',
    ),
)

app = Flask(__name__)
SEATS = {"stalls": 0, "gallery": 120}


class SoldOut(Exception):
    def __init__(self, guest):
        super().__init__("sold out")
        self.guest = guest


@app.errorhandler(SoldOut)
def explain(error):
    other = max(SEATS, key=SEATS.get)
    return jsonify(message=f"Sorry, {error.guest}, try the {other}"), 200


@app.post("/tickets/<area>")
def buy(area):
    guest = request.form["guest"]
    if SEATS[area] == 0:
        raise SoldOut(guest)
    return jsonify(message=f"Enjoy it, {guest}")


def visit(client, token):
    refused = client.post("/tickets/stalls", data={"guest": token})
    return refused, client.post("/tickets/gallery", data={"guest": token})
