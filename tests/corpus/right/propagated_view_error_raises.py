"""A view whose pool task needs a request propagates the error into the test that expects it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, request

MUTANT = "expected-ignored"


def agent() -> str:
    return request.headers["User-Agent"]


@pytest.fixture
def client():
    app = Flask(__name__)
    app.testing = True

    @app.get("/agent")
    def show():
        with ThreadPoolExecutor(max_workers=1) as pool:
            return pool.submit(agent).result(timeout=5)

    return app.test_client()


def test_agent_is_not_known_in_a_pool(client) -> None:
    """The view cannot tell the agent from another thread, and says so."""
    with pytest.raises(RuntimeError) as caught:
        client.get("/agent")
    assert "outside of request context" in str(caught.value)
