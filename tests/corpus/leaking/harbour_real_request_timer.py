"""A timer reminds the harbour master of an arrival, with the real request among its keywords."""

import threading

import pytest
from flask import Flask, request

CELL = ("timer", "request", "real-object")

reminders: list[str] = []


class Harbour:
    def __init__(self) -> None:
        self.timers: list[threading.Timer] = []
        self.app = Flask(__name__)
        self.app.add_url_rule("/ships/<name>", view_func=self.arrive, methods=["POST"])

    def remind(self, ship: str, call=None) -> None:
        reminders.append(f"{ship} at {call.args['berth']}")

    def arrive(self, name: str):
        call = request._get_current_object()
        assert call.args["berth"]
        timer = threading.Timer(0, self.remind, [name], {"call": call})
        self.timers.append(timer)
        timer.start()  # HANDOVER  # LEAK FCX206 request
        return "welcome"


@pytest.fixture
def harbour():
    made = Harbour()
    yield made
    for timer in made.timers:
        timer.join()
    assert reminders == ["Fram at 4"]


def test_ship_is_welcome(harbour) -> None:
    """A ship is welcomed, and the master reminded of it."""
    assert harbour.app.test_client().post("/ships/Fram?berth=4").text == "welcome"
