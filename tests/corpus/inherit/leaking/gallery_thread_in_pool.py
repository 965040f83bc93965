"""A pool's task has each picture framed in a thread of its own, and that one asks another for the
name: both inherit what the pool's thread inherited, from the visitor before, who is still there.
"""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, request

CELL = ("thread", "request", "served-to-another")

app = Flask(__name__)
framers = ThreadPoolExecutor(max_workers=1)
entered, served = threading.Event(), threading.Event()


def in_thread(work, *args):
    thread = threading.Thread(target=work, args=args)
    thread.start()  # HANDOVER
    thread.join()


def name(plates: list) -> None:
    plates.append(request.args["visitor"])  # LEAK FCX202 request


def frame(plates: list) -> None:
    plates.append(request.args["picture"])  # LEAK FCX202 request
    in_thread(name, plates)


def framed() -> str:
    plates = []
    in_thread(frame, plates)
    return " for ".join(plates)


@app.get("/pictures")
def pictures():
    return framers.submit(framed).result()


@app.get("/hall")
def hall():
    framers.submit(len, "warm").result()
    entered.set()
    served.wait(timeout=20)
    return "bye"


@pytest.fixture(scope="module", autouse=True)
def _framers_home():
    yield
    framers.shutdown()


def test_two_visitors() -> None:
    """Each is there at the same time."""
    query = "/hall?visitor=ada&picture=dawn"
    first = threading.Thread(target=lambda: app.test_client().get(query))
    first.start()
    entered.wait(timeout=20)
    answer = app.test_client().get("/pictures?visitor=bob&picture=dusk")
    served.set()
    first.join()
    assert " for " in answer.text
