"""A car park's barrier is opened by a loop's callback, which changes a `session` nobody saves any
more.
"""

import asyncio
import threading
from contextvars import copy_context

import pytest
from flask import Blueprint, Flask, session

CELL = ("call_soon", "session", "no-error")

parking = Blueprint("parking", __name__)
answered = threading.Event()
opened = threading.Event()


class Barrier:
    """Opens and closes in a loop of its own."""

    def __init__(self) -> None:
        self.plates: list[str] = []
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)

    def open(self) -> None:
        answered.wait(5)
        self.plates.append(session["plate"])  # LEAK FCX201 session
        session["inside"] = True  # LEAK FCX201 session, # LEAK FCX205 session
        opened.set()

    def close(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()


barrier = Barrier()


@parking.post("/enter/<plate>")
def enter(plate: str):
    session["plate"] = plate
    barrier.loop.call_soon_threadsafe(barrier.open, context=copy_context())
    return "please wait"


@parking.get("/state")
def state():
    return {"inside": session.get("inside", False)}


@pytest.fixture(scope="module", autouse=True)
def _barrier_works():
    barrier.thread.start()
    yield
    answered.set()
    barrier.close()


@pytest.fixture
def client():
    app = Flask(__name__)
    app.secret_key = "parking"
    app.register_blueprint(parking)
    return app.test_client()


def test_barrier_opens(client) -> None:
    """The barrier opens for a car; that the car is inside, nobody remembers."""
    assert client.post("/enter/B-XY-12").text == "please wait"
    answered.set()
    assert opened.wait(5)
    assert barrier.plates == ["B-XY-12"]
    assert client.get("/state").json == {"inside": False}
