"""A gift card's mail is written by a Celery task that asks the request who sends it."""

import pytest
from flask import Flask, jsonify, request

pytest.importorskip("celery")
from celery import Celery

CELL = ("celery-eager", "request", "answered-in-test")

app = Flask(__name__)
celery = Celery("gifts", broker="memory://")
celery.conf.task_always_eager = True
outbox = []


@celery.task(name="gifts.mail")
def mail_card(amount: int, to: str) -> None:
    sender = request.headers.get("X-Sender", "somebody")  # LEAK FCX208 request
    outbox.append((to, f"{sender} gives you {amount}"))


@app.post("/cards")
def give():
    order = request.get_json()
    mail_card.delay(order["amount"], to=order["to"])  # HANDOVER
    return jsonify(sent=True), 202


@pytest.fixture
def client():
    outbox.clear()
    return app.test_client()


def test_card_names_its_sender(client) -> None:
    """The card comes from who sent the request."""
    answer = client.post(
        "/cards", json={"amount": 20, "to": "bob@example.org"}, headers={"X-Sender": "ada"}
    )
    assert answer.status_code == 202
    assert outbox == [("bob@example.org", "ada gives you 20")]


def test_card_without_a_sender(client) -> None:
    """Somebody gives it."""
    client.post("/cards", json={"amount": 5, "to": "eve@example.org"})
    assert outbox == [("eve@example.org", "somebody gives you 5")]
