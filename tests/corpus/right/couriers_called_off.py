"""What the slow courier has not begun is called off and given to the fast one."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, copy_current_request_context, request

MUTANT = "handed-twice"


@pytest.fixture
def client():
    app = Flask(__name__)
    busy = threading.Event()
    slow, fast = ThreadPoolExecutor(1), ThreadPoolExecutor(1)
    slow.submit(busy.wait, 5)

    @app.post("/parcels")
    def send():
        deliver = copy_current_request_context(lambda: request.form["to"])
        delivered = slow.submit(deliver)
        if delivered.cancel():
            delivered = fast.submit(deliver)
        return delivered.result()

    yield app.test_client()
    busy.set()
    slow.shutdown()
    fast.shutdown()


def test_parcel_arrives(client) -> None:
    """By the courier who had time."""
    assert client.post("/parcels", data={"to": "Bergen"}).text == "Bergen"
