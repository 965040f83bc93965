"""A post office's sorter takes contexts off a queue; the view waits for the stamp, not for it."""

import queue
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context

import pytest
from flask import Flask, url_for

CELL = ("queue-worker", "url_for", "lent")

letters: "queue.SimpleQueue[tuple[Context, str] | None]" = queue.SimpleQueue()
sorted_out = threading.Event()
labels: list[str] = []

app = Flask(__name__)
stamps = ThreadPoolExecutor(max_workers=1)


def label(town: str) -> None:
    labels.append(url_for("track", town=town))  # LEAK FCX207 url_for
    sorted_out.set()


def sort() -> None:
    while (letter := letters.get()) is not None:
        context, town = letter
        context.run(label, town)


def stamp(pence: int) -> str:
    sorted_out.wait(5)
    return f"{pence}p"


@app.get("/track/<town>")
def track(town: str):
    return town


@app.post("/letters/<town>")
def post(town: str):
    letters.put((copy_context(), town))
    return stamps.submit(stamp, 85).result(5)


@pytest.fixture(scope="module", autouse=True)
def _sorter_works():
    sorter = threading.Thread(target=sort)
    sorter.start()
    yield
    letters.put(None)
    sorter.join()
    stamps.shutdown(wait=True)


def test_letter_is_posted() -> None:
    """A letter is stamped, and labelled at the same time."""
    assert app.test_client().post("/letters/Leeds").text == "85p"
    assert labels == ["/track/Leeds"]
