"""`copy_context().run` brings the answers by a queue, and the view takes them all from there."""

import queue
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
from flask import Flask

MUTANT = "waits-unseen"


@pytest.fixture
def client():
    app = Flask(__name__)
    loom = ThreadPoolExecutor(max_workers=2)

    @app.get("/threads/<int:count>")
    def threads(count: int):
        woven: queue.Queue[int] = queue.Queue()
        for number in range(count):
            loom.submit(copy_context().run, woven.put, number)
        return sorted(woven.get(timeout=5) for _ in range(count))

    yield app.test_client()
    loom.shutdown(wait=True)


def test_threads_come_in_any_order(client) -> None:
    """All threads are woven."""
    assert client.get("/threads/3").json == [0, 1, 2]
