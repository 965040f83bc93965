"""Bookings share one application context, and a lock lets one in at a time."""

import threading

import pytest
from flask import Flask, current_app

MUTANT = "handed-twice"


class Ledger:
    def __init__(self, app):
        self.lock = threading.Lock()
        self.context = app.app_context()
        self.lines = []

    def book(self, amount):
        with self.lock:
            with self.context:
                self.lines.append(f"{amount} {current_app.config['CURRENCY']}")


@pytest.fixture
def ledger():
    app = Flask(__name__)
    app.config["CURRENCY"] = "EUR"
    return Ledger(app)


def test_all_bookings_arrive(ledger) -> None:
    """Three clerks book at the same time."""
    clerks = [threading.Thread(target=ledger.book, args=(amount,)) for amount in (5, 7, 9)]
    for clerk in clerks:
        clerk.start()
    for clerk in clerks:
        clerk.join()
    assert sorted(ledger.lines) == ["5 EUR", "7 EUR", "9 EUR"]
