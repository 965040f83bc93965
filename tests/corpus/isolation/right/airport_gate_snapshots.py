"""An airport's gates as an immutable snapshot, replaced whole under a lock, read without."""

import threading

from flask import Flask, request

MUTANT = ("with swap_lock:", "if pilot:")

app = Flask(__name__)


class Gates:
    pilots = ()


gates = Gates()
swap_lock = threading.Lock()


def assign(pilot):
    with swap_lock:
        gate = len(gates.pilots)
        gates.pilots = (*gates.pilots, pilot)
    return gate


@app.post("/landings")
def land():
    pilot = request.form["pilot"]
    gate = assign(pilot)
    snapshot = gates.pilots
    return {"gate": gate, "pilot": snapshot[gate]}


def visit(client, token):
    return client.post("/landings", data={"pilot": token})
