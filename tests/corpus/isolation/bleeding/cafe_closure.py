"""A cafe whose factory keeps the guest being served in a variable that two functions close over."""

from flask import Flask, make_response, request

HOLDER = "closure variable `guest` of `cafe_closure.create_app.<locals>.order`"


def create_app():
    app = Flask(__name__)
    guest = ""

    def call_out(drink):
        return f"{drink.title()} for {guest}!"

    @app.post("/orders")
    def order():
        nonlocal guest
        guest = request.form["guest"]
        drink = request.form["drink"]
        response = make_response(call_out(drink))
        response.set_cookie("drink", drink)
        return response

    return app


def visit(client, token):
    return client.post("/orders", data={"guest": token, "drink": "flat white"})
