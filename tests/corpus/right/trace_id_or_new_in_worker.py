"""Trace ids come from `request` where there is one, else they are new: asked for, not tried."""

import itertools
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, g, has_app_context, has_request_context, request, session

MUTANT = "deliberate-check"

new_ids = itertools.count(1)


def trace_id() -> str:
    if has_request_context() and "X-Trace" in request.headers:
        return session.setdefault("trace", request.headers["X-Trace"])
    if has_app_context():
        return g.setdefault("trace", f"app-{next(new_ids)}")
    return f"worker-{next(new_ids)}"


@pytest.fixture
def app():
    app = Flask(__name__)
    app.secret_key = "trace"
    pool = ThreadPoolExecutor(max_workers=1)

    @app.get("/traces")
    def traces():
        return [trace_id(), pool.submit(trace_id).result(timeout=5)]

    yield app
    pool.shutdown()


def test_traces_of_view_and_worker(app) -> None:
    """The view keeps the caller's trace, the worker begins its own."""
    traces = app.test_client().get("/traces", headers={"X-Trace": "t-9"}).json
    assert traces == ["t-9", "worker-1"]
