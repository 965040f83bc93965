"""A customer's and a clerk's mail are sent by one function with one copied context."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, copy_current_request_context, request

CELL = ("submit", "copied-context", "unread-future")


class Mailer:
    def __init__(self):
        self.pool = ThreadPoolExecutor(max_workers=3)
        self.outbox = []

    def send(self, to):
        self.outbox.append(f"{to}: order {request.view_args['number']}")


@pytest.fixture
def shop():
    app = Flask(__name__)
    mailer = Mailer()

    @app.put("/orders/<int:number>")
    def order(number):
        send = copy_current_request_context(mailer.send)
        mailer.pool.submit(send, "customer")  # HANDOVER
        mailer.pool.submit(send, to="clerk")  # LEAK FCX203 none
        return {"number": number}

    yield app
    mailer.pool.shutdown(wait=True)


def test_order_is_taken(shop) -> None:
    """The answer names the order."""
    assert shop.test_client().put("/orders/7").json == {"number": 7}
