"""An exposure's function closes over `request` by another name, and asks it when clouds come."""

import threading

import pytest
from flask import Blueprint, Flask, request

CELL = ("thread", "request", "branch-not-taken")

bp = Blueprint("telescope", __name__)
exposures: list[str] = []


@bp.post("/exposures/<star>")
def expose(star: str):
    order = request

    def run(clouds: bool = False) -> None:
        exposures.append(order.args["fallback"] if clouds else star)

    thread = threading.Thread(target=run, name=f"exposure-{star}")
    thread.start()  # HANDOVER  # LEAK FCX103 request
    return {"queued": star}


@pytest.fixture
def client():
    app = Flask(__name__)
    app.register_blueprint(bp, url_prefix="/telescope")
    yield app.test_client()
    for thread in threading.enumerate():
        if thread.name.startswith("exposure-"):
            thread.join()


def test_exposure_is_queued(client) -> None:
    """The star that was asked for is exposed."""
    answer = client.post("/telescope/exposures/Vega?fallback=Mizar")
    assert answer.json == {"queued": "Vega"}
