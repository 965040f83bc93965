"""A darkroom prints photos in a pool and puts the receipt into the session, which was sent before."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, copy_current_request_context, session

CELL = ("submit", "session", "lost-write")

app = Flask(__name__)
app.secret_key = "darkroom"
pool = ThreadPoolExecutor(max_workers=1)
paper_dry = threading.Event()


@app.post("/prints/<int:copies>")
def order_prints(copies: int):
    @copy_current_request_context
    def print_photos() -> None:
        paper_dry.wait(5)
        session["receipt"] = {"copies": copies, "total": copies * 30}  # LEAK FCX205 session

    session["ordered"] = copies
    pool.submit(print_photos)  # HANDOVER
    return "printing", 202


@app.get("/receipt")
def receipt():
    return session.get("receipt", {"ordered": session["ordered"]})


@pytest.fixture(autouse=True)
def _pool_closed():
    yield
    pool.shutdown(wait=True)


def test_receipt_tells_the_order() -> None:
    """As long as nothing is printed, the receipt tells what was ordered."""
    client = app.test_client()
    assert client.post("/prints/3").status_code == 202
    paper_dry.set()
    pool.submit(int).result()
    assert client.get("/receipt").json == {"ordered": 3}
