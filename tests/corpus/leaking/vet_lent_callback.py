"""A vet's assistant calls the next patient from a callback in the view's context, and the view
waits for the diagnosis alone.
"""

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import partial

import pytest
from flask import Flask, request

CELL = ("done-callback", "request", "lent")

washed = threading.Event()
called = threading.Event()
calls: list[str] = []


def call(room: str, future: "Future[bool]") -> None:
    if future.result():
        calls.append(f"{request.args['next']} to {room}")  # LEAK FCX207 request
    called.set()


def diagnose(animal: str) -> str:
    washed.set()
    called.wait(5)
    return f"the {animal} is healthy"


@pytest.fixture
def app():
    app = Flask(__name__)
    with ThreadPoolExecutor(max_workers=2) as staff:

        @app.get("/animals/<animal>")
        def examine(animal: str):
            washing = staff.submit(washed.wait, 5)
            washing.add_done_callback(  # HANDOVER
                partial(copy_context().run, call, "room 2")
            )
            return staff.submit(diagnose, animal).result(5)

        yield app


def test_animal_is_examined(app) -> None:
    """An animal is examined while the next one is called."""
    assert app.test_client().get("/animals/cat?next=dog").text == "the cat is healthy"
    assert calls == ["dog to room 2"]
