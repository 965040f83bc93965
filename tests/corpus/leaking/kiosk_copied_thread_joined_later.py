"""A thread with a copied context is joined by the fixture, when its request is long over."""

import threading

import pytest
from flask import Flask, copy_current_request_context, session

CELL = ("thread", "copied-context", "no-error")


class Kiosk:
    """Sells papers, and writes down who bought which."""

    def __init__(self) -> None:
        self.sold: list[str] = []
        self.clerks: list[threading.Thread] = []
        self.app = Flask(__name__)
        self.app.secret_key = "kiosk"
        self.app.add_url_rule("/papers/<name>", view_func=self.sell, methods=["POST"])

    def write_down(self, name: str) -> None:
        self.sold.append(f"{name} to {session['buyer']}")

    def sell(self, name: str):
        session["buyer"] = "Jo"
        write_down = copy_current_request_context(self.write_down)
        clerk = threading.Thread(target=write_down, args=(name,))
        self.clerks.append(clerk)
        clerk.start()  # HANDOVER  # LEAK FCX204 none
        return "sold"


@pytest.fixture
def kiosk():
    made = Kiosk()
    yield made
    for clerk in made.clerks:
        clerk.join()
    assert made.sold == ["Courier to Jo"]


def test_paper_is_sold(kiosk) -> None:
    """A paper is sold at once, and written down."""
    assert kiosk.app.test_client().post("/papers/Courier").text == "sold"
