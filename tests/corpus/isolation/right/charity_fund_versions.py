"""A charity that adds up donations optimistically: whoever saw an old version tries again."""

import threading

from flask import Flask, request

OPTIONS = {"oracle": "serial"}
MUTANT = ("if fund.version == version:", "if fund.version >= version:")


class Fund:
    def __init__(self):
        self.lock = threading.Lock()
        self.version = 0
        self.cents = 0
        self.donors = set()

    def read(self):
        with self.lock:
            return self.version, self.cents


def create_app():
    app = Flask(__name__)
    fund = Fund()

    def commit(version, cents, donor):
        with fund.lock:
            if fund.version == version:
                fund.version += 1
                fund.cents = cents
                fund.donors.add(donor)
                return {"donor": donor, "cents": cents, "donors": len(fund.donors)}
        return None

    @app.post("/donations")
    def donate():
        donor = request.form["donor"]
        gift = int(request.form["cents"])
        saved = None
        while saved is None:
            version, cents = fund.read()
            saved = commit(version, cents + gift, donor)
        return saved

    return app


def visit(client, token):
    return client.post("/donations", data={"donor": token, "cents": "100"})
