"""A test's body runs in a pool with a time limit, and expects there that no request is bound."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, current_app, request, session

MUTANT = "test-thread"

app = Flask(__name__)


def body() -> str:
    with pytest.raises(RuntimeError, match="outside of request context"):
        session["user"] = "ada"
    with pytest.raises(RuntimeError, match="outside of application context"):
        current_app.test_client()
    with app.test_request_context("/", headers={"X-User": "ada"}):
        return request.headers["X-User"]


def test_within_five_seconds() -> None:
    """Contexts are needed, and given, within the limit."""
    with ThreadPoolExecutor(max_workers=1) as limit:
        assert limit.submit(body).result(timeout=5) == "ada"
