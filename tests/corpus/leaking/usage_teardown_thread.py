"""Usage is billed by a thread started in `teardown_request`, in which `g` has no start time."""

import logging
import threading
import time

from flask import Flask, g

CELL = ("thread", "g", "logged")

log = logging.getLogger("usage")
bills: dict[str, float] = {}


def bill() -> None:
    try:
        spent = time.perf_counter() - g.started  # LEAK FCX101 g
        bills["customer"] = spent
    except Exception as error:
        log.error("not billed (%s)", type(error).__name__)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.before_request
    def start_clock() -> None:
        g.started = time.perf_counter()

    @app.teardown_request
    def stop_clock(error: BaseException | None) -> None:
        threading.Thread(target=bill).start()  # HANDOVER

    @app.get("/compute/<int:n>")
    def compute(n: int):
        return str(n * n)

    return app


def test_compute() -> None:
    """The service squares numbers."""
    assert create_app().test_client().get("/compute/12").text == "144"
