"""A library's `TestCase` pushes an app context in `setUp`, as many a tutorial has it."""

import unittest

from flask import Blueprint, Flask, g

CELL = ("setUp", "none", "outlives-request")

loans = Blueprint("loans", __name__, url_prefix="/loans")


@loans.before_request
def count():
    g.loans = g.get("loans", 0) + 1


@loans.post("/<int:book>")
def lend(book: int):
    return {"book": book, "lent": g.loans >= 1}


def create_app() -> Flask:
    app = Flask(__name__)
    app.register_blueprint(loans)
    return app


class LoansTest(unittest.TestCase):
    """Lending, with an application for each test."""

    def setUp(self) -> None:
        self.app = create_app()
        self.context = self.app.app_context()
        self.context.push()  # LEAK FCX303 none
        self.client = self.app.test_client()

    def tearDown(self) -> None:
        self.context.pop()

    def test_two_loans(self) -> None:
        """Each loan is confirmed."""
        for book in (7, 8):
            assert self.client.post(f"/loans/{book}").json == {"book": book, "lent": True}
