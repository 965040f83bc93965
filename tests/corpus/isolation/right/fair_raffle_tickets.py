"""A fair that draws a prize for one ticket in ten, and packs its answers; numbers under a lock."""

import gzip
import json
import random
import threading

from flask import Flask, Response, request

OPTIONS = {"oracle": "serial"}
MUTANT = ("with counter:", "if guest:")

PRIZES = ("a balloon", "a teddy bear", "a goldfish")


def create_app():
    app = Flask(__name__)
    sold = {"tickets": 0}
    counter = threading.Lock()
    luck = random.SystemRandom()

    def number_for(guest):
        with counter:
            number = sold["tickets"] + 1
            sold["tickets"] = number
            return number

    @app.post("/tickets")
    def buy():
        guest = request.form["guest"]
        ticket = {"guest": guest, "number": number_for(guest), "prize": None}
        if luck.random() < 0.1:
            ticket["prize"] = luck.choice(PRIZES)
        # How long it is depends on whose it is.
        packed = gzip.compress(json.dumps(ticket).encode())
        return Response(packed, headers={"Content-Encoding": "gzip"}, mimetype="application/json")

    return app


def visit(client, token):
    return client.post("/tickets", data={"guest": token})
