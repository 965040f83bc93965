"""The first order starts the mailer, which takes addresses for all orders from its own request."""

import queue
import threading

import pytest
from flask import Flask, request

CELL = ("queue-worker", "request", "served-to-another")

orders: "queue.Queue[str | None]" = queue.Queue()
mails: list[str] = []
mailers: list[threading.Thread] = []


def send_mails() -> None:
    while (order := orders.get()) is not None:
        mails.append(f"{order} to {request.form['mail']}")  # LEAK FCX201 request
        orders.task_done()


app = Flask(__name__)


@app.post("/warm-up")
def warm_up():
    mailers.append(threading.Thread(target=send_mails))
    mailers[0].start()  # HANDOVER
    return "", 204


@app.post("/orders/<number>")
def order(number: str):
    orders.put(number)
    orders.join()
    return "", 202


@pytest.fixture(scope="module", autouse=True)
def _mailers_stopped():
    yield
    orders.put(None)
    for mailer in mailers:
        mailer.join()


def test_mails_are_sent() -> None:
    """Each order is mailed about."""
    client = app.test_client()
    client.post("/warm-up", data={"mail": "admin@example.org"})
    for number, mail in (("17", "eve@example.org"), ("18", "finn@example.org")):
        assert client.post(f"/orders/{number}", data={"mail": mail}).status_code == 202
    assert len(mails) == 2
