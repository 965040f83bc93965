"""A ferry's unpaid seats are given up by a `Timer` that runs in the context of the booking."""

import threading
from contextvars import copy_context

import pytest
from flask import Flask, current_app

CELL = ("timer", "current_app", "no-error")

answered = threading.Event()
given_up = threading.Event()
timers: list[threading.Timer] = []


def give_up(seats: list[str]) -> None:
    answered.wait(5)
    free = current_app.extensions["free_seats"]  # LEAK FCX201 current_app
    free.extend(seats)
    given_up.set()


def create_app() -> Flask:
    app = Flask(__name__)
    app.config["HOLD_SECONDS"] = 0.01
    app.extensions["free_seats"] = ["1A", "1B", "2A"]

    @app.post("/bookings/<int:seats>")
    def book(seats: int):
        free = current_app.extensions["free_seats"]
        held = [free.pop() for _ in range(seats)]
        hold = threading.Timer(
            current_app.config["HOLD_SECONDS"], copy_context().run, args=[give_up, held]
        )
        timers.append(hold)
        hold.start()  # HANDOVER
        return {"held": held}

    return app


@pytest.fixture(autouse=True)
def _timers_done():
    yield
    answered.set()
    for timer in timers:
        timer.join()


def test_unpaid_seats_are_given_up() -> None:
    """Seats that nobody pays for are free again."""
    app = create_app()
    assert app.test_client().post("/bookings/2").json == {"held": ["2A", "1B"]}
    assert app.extensions["free_seats"] == ["1A"]
    answered.set()
    assert given_up.wait(5)
    assert app.extensions["free_seats"] == ["1A", "2A", "1B"]
