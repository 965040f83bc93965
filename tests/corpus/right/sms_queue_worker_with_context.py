"""The SMS sender's thread pushes an app context for each message before it reads the gateway's
key.
"""

import logging
import queue
import threading

import pytest
from flask import Flask, current_app, request

MUTANT = "no-own-context"

log = logging.getLogger("sms")


class Sender:
    """Sends what is queued, in a thread with an app context for each message."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.pending: queue.Queue[str | None] = queue.Queue()
        self.sent: list[str] = []
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self) -> None:
        while (number := self.pending.get()) is not None:
            with self.app.app_context():
                self.sent.append(f"{current_app.config['GATEWAY_KEY']}:{number}")
                log.info("sent with %s", current_app.name)
            self.pending.task_done()

    def stop(self) -> None:
        self.pending.put(None)
        self.thread.join()


@pytest.fixture
def sender():
    app = Flask("sms")
    app.config["GATEWAY_KEY"] = "k-123"
    sender = Sender(app)

    @app.post("/sms")
    def enqueue():
        sender.pending.put(request.form["to"])
        return "queued"

    yield sender
    sender.stop()


def test_message_is_sent(sender) -> None:
    """A queued message is sent with the app's key."""
    assert sender.app.test_client().post("/sms", data={"to": "+49"}).text == "queued"
    sender.pending.join()
    assert sender.sent == ["k-123:+49"]
