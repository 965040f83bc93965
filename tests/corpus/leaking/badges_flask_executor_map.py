"""Flask-Executor copies the context once for a whole map."""

import pytest
from flask import Flask, request

flask_executor = pytest.importorskip("flask_executor")

CELL = ("extension-map", "copied-context", "ignored-result")


@pytest.fixture
def client():
    app = Flask(__name__)
    app.config["EXECUTOR_MAX_WORKERS"] = 3
    executor = flask_executor.Executor(app)
    printed = []

    def badge(guest):
        printed.append((guest, request.form["event"]))

    @app.post("/badges")
    def badges():
        executor.map(badge, ["Ann", "Bo", "Cy"])  # LEAK FCX203 none # HANDOVER
        return "printing"

    yield app.test_client()
    executor.shutdown(wait=True)


def test_badges_are_printed(client) -> None:
    """The view does not wait for the printer."""
    assert client.post("/badges", data={"event": "PyCon"}).text == "printing"
