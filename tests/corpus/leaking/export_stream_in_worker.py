"""A CSV export is made in the pool, where `stream_with_context` finds nothing to stream with."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed

import pytest
from flask import Flask, Response, stream_with_context

CELL = ("submit", "stream_with_context", "raised-to-view")

pool = ThreadPoolExecutor(max_workers=1)

app = Flask(__name__)


def rows() -> Iterator[str]:
    yield "name,born\n"
    yield "Ada,1815\n"


def prepare() -> Iterator[str]:
    return stream_with_context(rows())  # LEAK FCX101 stream_with_context


@app.get("/export.csv")
def export():
    preparing = [pool.submit(prepare)]  # HANDOVER
    for future in as_completed(preparing, timeout=5):
        if future.exception() is not None:
            return "the export is not ready", 503
        return Response(future.result(), mimetype="text/csv")
    return "nothing to export", 404


@pytest.fixture(scope="module", autouse=True)
def _pool_closed():
    yield
    pool.shutdown(wait=True)


def test_export_may_not_be_ready() -> None:
    """An export that cannot be made is told as not ready."""
    response = app.test_client().get("/export.csv")
    assert response.status_code == 503
