"""A notary's deed is filed under a copied context when its request is over; the view had read the
body.
"""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, copy_current_request_context, request

MUTANT = "late-context"

clerks = ThreadPoolExecutor(max_workers=1)
answered = threading.Event()
deeds: list[str] = []

app = Flask(__name__)


@app.before_request
def only_json() -> None:
    request.get_json()


@app.post("/deeds")
def file_deed():
    @copy_current_request_context
    def file() -> None:
        answered.wait(5)
        deeds.append(f"{request.json['seller']} to {request.json['buyer']}")

    clerks.submit(file)
    return "", 202


@pytest.fixture(scope="module", autouse=True)
def _clerks_gone():
    yield
    answered.set()
    clerks.shutdown(wait=True)
    assert deeds == ["Ada to Bob"]


@pytest.mark.flask_ctx_allow("FCX204", reason="the deed was read, and nothing is torn down")
def test_deed_is_accepted() -> None:
    """A deed is accepted, and filed some time."""
    response = app.test_client().post("/deeds", json={"seller": "Ada", "buyer": "Bob"})
    answered.set()
    assert response.status_code == 202
