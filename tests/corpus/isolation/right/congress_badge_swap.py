"""A congress that numbers badges by a compare-and-swap loop; the comparison is under a lock."""

import threading

from flask import Flask, request

MUTANT = ("if self.value == expected:", "if self.value >= expected:")

app = Flask(__name__)
badges = {}


class AtomicNumber:
    def __init__(self, value):
        self.value = value
        self.lock = threading.Lock()

    def compare_and_set(self, expected, value):
        with self.lock:
            if self.value == expected:
                self.value = value
                return True
            return False


last_number = AtomicNumber(0)


def next_number():
    while True:
        seen = last_number.value
        if last_number.compare_and_set(seen, seen + 1):
            return seen + 1


@app.post("/badges")
def badge():
    name = request.form["name"]
    number = next_number()
    printed = badges.setdefault(number, name)
    return f"#{number} {printed}"


def visit(client, token):
    return client.post("/badges", data={"name": token})
