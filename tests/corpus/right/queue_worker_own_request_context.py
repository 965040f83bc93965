"""A queue worker replays logged visits in test request contexts of its own, never in another's."""

import queue
import threading

import pytest
from flask import Flask, request

MUTANT = "thread-id"

app = Flask(__name__)
visits: "queue.Queue[str | None]" = queue.Queue()
replayed: list[tuple[str, str | None]] = []


def replay() -> None:
    while (path := visits.get()) is not None:
        with app.test_request_context(path):
            replayed.append((request.path, request.args.get("page")))
        visits.task_done()


@pytest.fixture(scope="module", autouse=True)
def _worker():
    thread = threading.Thread(target=replay, daemon=True)
    thread.start()
    yield
    visits.put(None)
    thread.join()


@app.post("/visit")
def visit():
    visits.put(request.get_data(as_text=True))
    return "noted"


def test_visit_is_replayed() -> None:
    """A noted visit is replayed with its path and its page."""
    assert app.test_client().post("/visit", data="/news?page=3").text == "noted"
    visits.join()
    assert replayed == [("/news", "3")]
