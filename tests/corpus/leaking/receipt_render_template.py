"""A receipt is rendered with `render_template_string` in a thread that has no app to render for."""

import threading

import pytest
from flask import Flask, render_template_string

CELL = ("thread", "render_template", "thread-excepthook")

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")

receipts: list[str] = []


class ReceiptThread(threading.Thread):
    def __init__(self, amount: int) -> None:
        super().__init__(name=f"receipt-{amount}")
        self.amount = amount

    def run(self) -> None:
        text = render_template_string(  # LEAK FCX101 current_app
            "Received: {{ amount }}", amount=self.amount
        )
        receipts.append(text)


@pytest.fixture
def threads():
    started: list[threading.Thread] = []
    yield started
    for thread in started:
        thread.join()


@pytest.fixture
def client(threads):
    app = Flask(__name__)

    @app.post("/receipts/<int:amount>")
    def receive(amount: int):
        thread = ReceiptThread(amount)
        threads.append(thread)
        thread.start()  # HANDOVER
        return "received"

    return app.test_client()


def test_money_is_received(client) -> None:
    """Money is received before the receipt is printed."""
    assert client.post("/receipts/12").text == "received"
