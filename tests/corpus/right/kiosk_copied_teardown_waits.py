"""What a view begins with a copied context is waited for by an `after_request` function."""

from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from flask import Flask, copy_current_request_context, g, request

MUTANT = "waits-unseen"


class Kiosk:
    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(max_workers=2)
        self.sold: list[str] = []
        self.app = Flask(__name__)
        self.app.before_request(self.open_book)
        self.app.after_request(self.close_book)
        self.app.add_url_rule("/papers", view_func=self.sell, methods=["POST"])

    def open_book(self) -> None:
        g.entries = []

    def close_book(self, response):
        for entry in g.entries:
            entry.result(timeout=5)
        return response

    def write_down(self) -> None:
        self.sold.append(request.form["paper"])

    def sell(self):
        entry: Future = self.pool.submit(copy_current_request_context(self.write_down))
        g.entries.append(entry)
        return "sold"


@pytest.fixture
def kiosk():
    made = Kiosk()
    yield made
    made.pool.shutdown(wait=True)


def test_paper_is_sold(kiosk) -> None:
    """A paper is written down before its buyer leaves."""
    assert kiosk.app.test_client().post("/papers", data={"paper": "Courier"}).text == "sold"
    assert kiosk.sold == ["Courier"]
