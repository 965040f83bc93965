"""A clinic whose desk gives out numbers; it is made once, by double-checked locking."""

import itertools
import threading

from flask import Flask, request

MUTANT = (
    "            if _desk is None:\n                _desk = Desk()",
    "            _desk = Desk()",
)

app = Flask(__name__)
waiting_room = {}
_desk = None
_desk_lock = threading.Lock()


class Desk:
    def __init__(self):
        self.numbers = itertools.count(1)

    def draw(self):
        return next(self.numbers)


def get_desk():
    global _desk
    if _desk is None:
        with _desk_lock:
            if _desk is None:
                _desk = Desk()
    return _desk


@app.post("/arrivals")
def arrive():
    patient = request.form["patient"]
    number = get_desk().draw()
    called = waiting_room.setdefault(number, patient)
    return f"Number {number}: {called}"


def visit(client, token):
    return client.post("/arrivals", data={"patient": token})
