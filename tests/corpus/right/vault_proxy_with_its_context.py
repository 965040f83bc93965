"""A proxy goes to a task together with the context that it needs, and the view waits."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
from flask import Flask, copy_current_request_context, request

MUTANT = "proxy-in-scope"


def count(visit) -> int:
    return len(visit.args)


@pytest.fixture
def client():
    app = Flask(__name__)
    pool = ThreadPoolExecutor(max_workers=1)

    @app.get("/keys")
    def keys():
        copied = pool.submit(copy_current_request_context(count), request)
        carried = pool.submit(copy_context().run, count, request)
        return {"copied": copied.result(timeout=5), "carried": carried.result(timeout=5)}

    yield app.test_client()
    pool.shutdown(wait=True)


def test_keys_are_counted(client) -> None:
    """Both ways lead to the same request."""
    assert client.get("/keys?a=1&b=2").json == {"copied": 2, "carried": 2}
