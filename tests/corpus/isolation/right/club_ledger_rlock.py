"""A club's ledger: `record` holds a re-entrant lock that its own steps take again."""

import threading

from flask import Flask, jsonify, request

MUTANT = (
    "def record(self, member, cents):\n        with self.lock:",
    "def record(self, member, cents):\n        if cents:",
)


class Ledger:
    def __init__(self):
        self.lock = threading.RLock()
        self.payer = None
        self.balance = 0

    def open_line(self, member):
        with self.lock:
            self.payer = member

    def close_line(self, cents):
        with self.lock:
            self.balance += cents
            return f"{self.payer} paid {cents}"

    def record(self, member, cents):
        with self.lock:
            self.open_line(member)
            return self.close_line(cents)


def create_app():
    app = Flask(__name__)
    ledger = Ledger()

    @app.post("/fees")
    def fee():
        member = request.form["member"]
        cents = int(request.form["cents"])
        line = ledger.record(member, cents)
        return jsonify(line=line)

    return app


def visit(client, token):
    return client.post("/fees", data={"member": token, "cents": "250"})
