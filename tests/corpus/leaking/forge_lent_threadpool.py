"""A forge's bellows run in a `ThreadPool` under the view's context, and nobody waits for them."""

import threading
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextvars import copy_context
from multiprocessing.pool import ThreadPool

import pytest
from flask import Flask, session

CELL = ("threadpool-apply", "session", "lent")

hot = threading.Event()


def blow(strokes: int) -> None:
    session["heat"] = 100 * strokes  # LEAK FCX207 session
    hot.set()


def strike(piece: str) -> str:
    hot.wait(5)
    return f"forged {piece}"


@pytest.fixture
def client():
    app = Flask(__name__)
    app.secret_key = "forge"
    with ThreadPool(1) as bellows, ThreadPoolExecutor() as smiths:

        @app.post("/pieces/<first>/<second>")
        def forge(first: str, second: str):
            session["heat"] = 0
            bellows.apply_async(copy_context().run, (blow, 3))  # HANDOVER
            work = [smiths.submit(strike, piece) for piece in (first, second)]
            return sorted(done.result() for done in as_completed(work))

        yield app.test_client()
        bellows.close()
        bellows.join()


def test_pieces_are_forged(client) -> None:
    """Both pieces are forged, for the fire was hot."""
    pieces = client.post("/pieces/hinge/nail").json
    assert pieces == ["forged hinge", "forged nail"]
