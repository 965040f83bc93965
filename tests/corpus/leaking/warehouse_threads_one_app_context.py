"""Two scanner threads push the one application context that both were constructed with."""

import threading

import pytest
from flask import Flask, current_app

CELL = ("thread-subclass", "app-context", "swallowed")


class Scanner(threading.Thread):
    def __init__(self, context, shelf, counts):
        super().__init__(name=f"scanner-{shelf}")
        self.context, self.shelf, self.counts = context, shelf, counts

    def run(self):
        try:
            with self.context:
                self.counts[self.shelf] = current_app.config["SHELVES"][self.shelf]
        except (RuntimeError, ValueError):
            self.counts[self.shelf] = None


@pytest.fixture
def app():
    app = Flask(__name__)
    app.config["SHELVES"] = {"a": 3, "b": 5}

    @app.post("/count")
    def count():
        context, counts = app.app_context(), {}
        scanners = [Scanner(context, shelf, counts) for shelf in app.config["SHELVES"]]
        for scanner in scanners:
            scanner.start()  # LEAK FCX203 none # HANDOVER
        for scanner in scanners:
            scanner.join()
        return sorted(counts)

    return app


def test_every_shelf_is_counted(app) -> None:
    """Each shelf is among the counts."""
    assert app.test_client().post("/count").json == ["a", "b"]
