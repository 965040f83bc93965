"""A kitchen: cooks put dishes on the pass, each guest waits for the one with their number."""

import itertools
import threading

from flask import Flask, request

MUTANT = (
    ("lambda: number in dishes", "lambda: dishes"),
    ("dishes.pop(number)", "dishes.pop(min(dishes))"),
)


def create_app():
    app = Flask(__name__)
    numbers = itertools.count(1)
    dishes = {}
    dish_ready = threading.Condition()

    def cook(number, guest):
        dish = f"soup for {guest}"
        with dish_ready:
            dishes[number] = dish
            dish_ready.notify_all()

    @app.post("/orders")
    def order():
        number = next(numbers)
        threading.Thread(target=cook, args=(number, request.form["guest"])).start()
        with dish_ready:
            if not dish_ready.wait_for(lambda: number in dishes, timeout=30):
                return "The kitchen is closed", 503
            dish = dishes.pop(number)
        return {"number": number, "dish": dish}

    return app


def visit(client, token):
    return client.post("/orders", data={"guest": token})
