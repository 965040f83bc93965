"""A long-lived worker gets a copy of each request's context, made where the work is handed over."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, copy_current_request_context, request

MUTANT = "copied-context"

checking = ThreadPoolExecutor(max_workers=1)
app = Flask(__name__)


@app.post("/check")
def check():
    @copy_current_request_context
    def verdict() -> str:
        return f"{request.headers['X-File']} is clean"

    return checking.submit(verdict).result(timeout=5)


@pytest.fixture(scope="module", autouse=True)
def _checking_closed():
    yield
    checking.shutdown()


def test_uploads_are_checked() -> None:
    """Each upload is told of by its own name."""
    client = app.test_client()
    for name in ("a.txt", "b.txt"):
        answer = client.post("/check", headers={"X-File": name})
        assert answer.text == f"{name} is clean"
