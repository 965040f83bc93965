"""Two mirrors are asked, the first answer is taken, and the slower one runs on with the request."""

import threading
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, as_completed, wait

import pytest
from flask import Flask, copy_current_request_context, request

CELL = ("submit", "copied-context", "no-error")

over = threading.Event()


def far(visit=None):
    over.wait(5)


def near():
    return "from the near one"


@pytest.fixture
def client():
    app = Flask(__name__)
    pool = ThreadPoolExecutor(4)

    @app.get("/packages/<name>")
    def package(name):
        slow = pool.submit(copy_current_request_context(far))  # HANDOVER  # LEAK FCX204 none
        done, _ = wait([slow, pool.submit(near)], return_when=FIRST_COMPLETED)
        return done.pop().result()

    @app.get("/indexes/<name>")
    def index(name):
        slow = pool.submit(far, request._get_current_object())  # HANDOVER  # LEAK FCX206 request
        return next(as_completed([slow, pool.submit(near)])).result()

    yield app.test_client()
    over.set()
    pool.shutdown(wait=True)


@pytest.mark.parametrize("kind", ["packages", "indexes"])
def test_first_answer_is_taken(client, kind) -> None:
    """Whoever is nearer answers."""
    over.clear()
    assert client.get(f"/{kind}/flask").text == "from the near one"
    over.set()
