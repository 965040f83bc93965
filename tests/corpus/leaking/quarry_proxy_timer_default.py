"""A timer's function has the proxy `request` as a default, to name who lit the fuse if all goes wrong."""

import threading

import pytest
from flask import Flask, request

CELL = ("timer", "request", "branch-not-taken")

blasts: list[str] = []
ready = threading.Event()


@pytest.fixture
def client():
    app = Flask(__name__)

    @app.post("/fuse")
    def fuse():
        def blast(who=request) -> None:
            blasts.append("boom" if ready.wait(5) else who.remote_addr)

        threading.Timer(0, blast).start()  # HANDOVER  # LEAK FCX103 request
        return "run!"

    yield app.test_client()
    ready.set()


def test_fuse_is_lit(client) -> None:
    """Whoever lights the fuse is told to run."""
    assert client.post("/fuse").text == "run!"
    ready.set()
