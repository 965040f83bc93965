"""A kitchen with orders kept rightly by guest, whose teardown function throws away everybody's."""

from flask import Flask, jsonify, request

HOLDER = "item `kitchen_teardown_clear.orders[...]`"

OPTIONS = {"oracle": "serial"}

app = Flask(__name__)

orders = {}


@app.before_request
def open_order():
    orders.setdefault(request.args["guest"], [])


@app.teardown_request
def clear_table(error):
    orders.clear()


@app.post("/orders")
def order():
    guest = request.args["guest"]
    dishes = request.get_json()
    for dish in dishes:
        orders.get(guest, []).append(dish)
    cooked = orders.get(guest, [])
    return jsonify(guest=guest, dishes=cooked, count=len(cooked))


def visit(client, token):
    return client.post(f"/orders?guest={token}", json=["soup", "risotto"])
