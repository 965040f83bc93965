"""A metric is taken in a future's callback from `request_ctx`, which is not the pool thread's."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.globals import request_ctx as ctx

CELL = ("done-callback", "request_ctx", "callback-logged")

pool = ThreadPoolExecutor(max_workers=1)
release = threading.Event()
metrics: dict[str, int] = {}

app = Flask(__name__)


@app.post("/resize")
def resize():
    def count(future) -> None:
        endpoint = ctx.request.endpoint  # LEAK FCX101 request_ctx
        metrics[endpoint] = metrics.get(endpoint, 0) + future.result()

    job = pool.submit(lambda: int(release.wait(5)))
    job.add_done_callback(count)  # HANDOVER
    return "resizing"


@pytest.fixture(scope="module", autouse=True)
def _pool_closed():
    yield
    release.set()
    pool.shutdown(wait=True)


def test_resize_is_under_way() -> None:
    """The view answers while the picture is resized."""
    assert app.test_client().post("/resize").text == "resizing"
    release.set()
