"""A courier saves a signature under the request's copied context: the view had looked at it, and
the request closed it.
"""

import io
import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from flask import Flask, abort, copy_current_request_context, request

CELL = ("submit", "file", "unread-future")

vans = ThreadPoolExecutor(max_workers=2, thread_name_prefix="van")
answered = threading.Event()
saved: "list[Future[None]]" = []

app = Flask(__name__)


@app.post("/parcels/<int:number>/signature")
def sign(number: int):
    if not request.files["signature"].filename.endswith(".svg"):
        abort(415)
    drawing = io.BytesIO()

    @copy_current_request_context
    def save() -> None:
        answered.wait(5)
        request.files["signature"].save(drawing)  # LEAK FCX201 request

    saved.append(vans.submit(save))  # HANDOVER
    return f"parcel {number} is delivered"


@pytest.fixture(scope="module", autouse=True)
def _vans_parked():
    yield
    answered.set()
    vans.shutdown(wait=True)


def test_parcel_is_signed_for() -> None:
    """Who signs has the parcel; what was signed nobody has."""
    signature = (io.BytesIO(b"<svg/>"), "ines.svg")
    response = app.test_client().post("/parcels/8/signature", data={"signature": signature})
    assert response.text == "parcel 8 is delivered"
    answered.set()
    assert isinstance(saved[0].exception(5), ValueError)
