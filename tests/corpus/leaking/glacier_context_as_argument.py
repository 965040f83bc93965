"""A probe's thread is given a copy of the request context itself, and pushes it when it measures."""

import threading
from typing import Any

from flask import Flask, request
from flask.globals import request_ctx

CELL = ("thread", "request_ctx", "no-error")

app = Flask(__name__)
depths: dict[str, int] = {}
measured = threading.Event()


def measure(context: Any, depth: int) -> None:
    with context:
        depths[request.args["probe"]] = depth
    measured.set()


@app.post("/depths/<int:depth>")
def drill(depth: int):
    copied = request_ctx.copy()
    threading.Thread(target=measure, args=(copied, depth)).start()  # HANDOVER  # LEAK FCX204 none
    return "drilling"


def test_drilling_begins() -> None:
    """Drilling begins at once, and the depth is known in the end."""
    assert app.test_client().post("/depths/40?probe=north").text == "drilling"
    assert measured.wait(5)
    assert depths == {"north": 40}
