"""A pizza shop whose standard toppings stand in `app.config`; each order works on a copy."""

from flask import Flask, current_app, jsonify, request

MUTANT = ('list(current_app.config["TOPPINGS"])', 'current_app.config["TOPPINGS"]')


def toppings_for(wish):
    toppings = list(current_app.config["TOPPINGS"])
    toppings.append(wish)
    return toppings


def create_app():
    app = Flask(__name__)
    app.config.from_mapping(TOPPINGS=["tomato", "mozzarella"], PRICE=7)

    @app.post("/orders")
    def order():
        wish = request.form["topping"]
        toppings = toppings_for(wish)
        price = current_app.config["PRICE"] + len(toppings)
        return jsonify(toppings=toppings, price=price)

    return app


def visit(client, token):
    return client.post("/orders", data={"topping": token})
