"""A clinic's X-ray is taken in a thread under the view's context; the view waits for its event,
which is set by then.
"""

import threading
from contextvars import copy_context

import pytest
from flask import Flask, g, request

MUTANT = "any-bound"

threads: list[threading.Thread] = []
app = Flask(__name__)


@app.before_request
def load_patient() -> None:
    g.patient = request.headers["X-Patient"]


class Exposure:
    """One picture, which is ready some time."""

    def __init__(self) -> None:
        self.ready = threading.Event()
        self.picture = ""

    def take(self) -> None:
        self.picture = f"{request.args['limb']} of {g.patient}"
        self.ready.set()


@app.get("/xray")
def xray():
    exposure = Exposure()
    thread = threading.Thread(target=copy_context().run, args=(exposure.take,))
    threads.append(thread)
    thread.start()
    if not exposure.ready.wait(5):
        return "try again", 503
    return exposure.picture


@pytest.fixture(scope="module", autouse=True)
def _threads_done():
    yield
    for thread in threads:
        thread.join()


def test_picture_is_taken() -> None:
    """Every patient gets a picture of the limb that hurts."""
    client = app.test_client()
    for limb in ("knee", "hand", "foot"):
        answer = client.get(f"/xray?limb={limb}", headers={"X-Patient": "Mo"})
        assert answer.text == f"{limb} of Mo"
