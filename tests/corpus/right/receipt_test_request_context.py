"""A receipt's thread renders its template, with links, in a test request context that it pushes."""

import threading

import pytest
from flask import Flask, render_template_string

MUTANT = "worker-pushes"

TEMPLATE = "{{ amount }} {{ config.CURRENCY }}, see {{ url_for('page', _external=True) }}"


class Printer(threading.Thread):
    def __init__(self, app: Flask, amount: int) -> None:
        super().__init__()
        self.app = app
        self.amount = amount
        self.text = ""

    def run(self) -> None:
        with self.app.test_request_context(base_url="https://shop.example"):
            self.text = render_template_string(TEMPLATE, amount=self.amount)


@pytest.fixture
def app():
    app = Flask(__name__)
    app.config["CURRENCY"] = "EUR"
    app.add_url_rule("/receipts", "page", lambda: "receipts")

    @app.post("/receipts/<int:amount>")
    def receive(amount: int):
        printer = Printer(app, amount)
        printer.start()
        printer.join()
        return printer.text

    return app


def test_receipt_links_to_all_receipts(app) -> None:
    """A receipt shows the amount and leads to the list."""
    text = app.test_client().post("/receipts/12").text
    assert text == "12 EUR, see https://shop.example/receipts"
