"""A gym whose price card is kept by `lru_cache`; the member is an argument of the function."""

from functools import lru_cache

from flask import Flask, request

MUTANT = (
    ("def price_card(member):\n", 'def price_card():\n    member = request.args["member"]\n'),
    ("card = price_card(member)", "card = price_card()"),
)

app = Flask(__name__)
PRICES = {"sauna": 12, "climbing": 15, "yoga": 9}


@lru_cache(maxsize=64)
def price_card(member):
    rows = [f"{name}: {price} EUR" for name, price in sorted(PRICES.items())]
    return "\n".join([f"Prices for {member}", *rows])


@app.get("/prices")
def prices():
    member = request.args["member"]
    if not member.isalnum():
        return "No such member", 404
    card = price_card(member)
    return card, {"Content-Type": "text/plain"}


def visit(client, token):
    return client.get("/prices", query_string={"member": token})
