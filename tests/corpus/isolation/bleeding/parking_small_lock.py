"""A car park that locks the writing and the reading of the plate each, but not the two together."""

import threading

from flask import Flask, request

HOLDER = "instance attribute `parking_small_lock.barrier.plate`"


class Barrier:
    def __init__(self):
        self.lock = threading.Lock()
        self.plate = ""

    def read_plate(self, plate):
        with self.lock:
            self.plate = plate.upper()

    def ticket(self):
        with self.lock:
            return f"TICKET {self.plate.lower()}"


barrier = Barrier()


def create_app():
    app = Flask(__name__)
    app.testing = True

    @app.route("/entry", methods=["POST"])
    def entry():
        barrier.read_plate(request.form["plate"])
        level = 1 if request.form.get("tall") else 2
        return f"{barrier.ticket()} LEVEL {level}"

    return app


def visit(client, token):
    return client.post("/entry", data={"plate": token, "tall": "1"})
