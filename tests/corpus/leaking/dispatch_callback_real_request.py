"""A done-callback has the real request in its partial, and runs when the parcel is packed."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

import pytest
from flask import Flask, request

CELL = ("done-callback", "request", "real-object")

sent: list[str] = []
packed = threading.Event()


def label(order, done: Future) -> None:
    sent.append(f"{order.endpoint}: {done.result()}")


@pytest.fixture
def client():
    app = Flask(__name__)
    pool = ThreadPoolExecutor(max_workers=1)

    @app.post("/parcels/<int:number>")
    def dispatch(number: int):
        parcel = pool.submit(lambda: packed.wait(5) and number)
        order = request._get_current_object()
        parcel.add_done_callback(partial(label, order))  # HANDOVER  # LEAK FCX206 request
        return "on its way"

    yield app.test_client()
    packed.set()
    pool.shutdown(wait=True)
    assert sent == ["dispatch: 9"]


def test_parcel_is_on_its_way(client) -> None:
    """A parcel is on its way before it is packed."""
    assert client.post("/parcels/9").text == "on its way"
    packed.set()
