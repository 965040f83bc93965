"""A done-callback is a method of an object that keeps the real app, as extensions do."""

from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from flask import Flask, current_app, request

MUTANT = "any-object"


class Labels:
    def __init__(self, app: Flask) -> None:
        self.app = app
        self.sent: list[str] = []

    def label(self, done: Future) -> None:
        self.sent.append(f"{self.app.config['SENDER']}: {done.result()}")


@pytest.fixture
def labels():
    app = Flask(__name__)
    app.config["SENDER"] = "depot"
    made = Labels(app)
    pool = ThreadPoolExecutor(max_workers=1)

    @app.post("/parcels")
    def dispatch():
        parcel = pool.submit(str.upper, request.form["to"])
        parcel.add_done_callback(Labels.label.__get__(made))
        pool.submit(made.sent.append, current_app.name)
        return "on its way"

    yield made
    pool.shutdown(wait=True)
    assert "depot: ADA" in made.sent


def test_parcel_is_on_its_way(labels) -> None:
    """A parcel is on its way before it is packed."""
    answer = labels.app.test_client().post("/parcels", data={"to": "Ada"})
    assert answer.text == "on its way"
