"""A sender started at import takes text messages from a queue and looks for the gateway's key."""

import logging
import queue
import threading
from collections.abc import Iterator

import pytest
from flask import Flask, current_app, request

CELL = ("queue-worker", "current_app", "logged")

log = logging.getLogger("sms")
pending: "queue.Queue[dict[str, str] | None]" = queue.Queue()
sent: list[str] = []


def send_pending() -> None:
    while (message := pending.get()) is not None:
        try:
            key = current_app.config["GATEWAY_KEY"]  # LEAK FCX101 current_app
            sent.append(f"{key}:{message['to']}")
        except Exception:
            log.exception("message to %s is lost", message["to"])
        finally:
            pending.task_done()


sender = threading.Thread(target=send_pending, name="sms-sender", daemon=True)
sender.start()


def create_app() -> Flask:
    app = Flask(__name__)
    app.config["GATEWAY_KEY"] = "k-123"

    @app.post("/sms")
    def enqueue():
        pending.put(dict(request.form))
        return "queued"

    return app


@pytest.fixture(scope="module", autouse=True)
def _sender_stopped() -> Iterator[None]:
    yield
    pending.put(None)
    sender.join()


def test_message_is_queued() -> None:
    """A message is queued, and the queue runs empty."""
    client = create_app().test_client()
    assert client.post("/sms", data={"to": "+49 151", "text": "hi"}).text == "queued"
    pending.join()
