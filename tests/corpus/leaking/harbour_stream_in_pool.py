"""A watchman polls feeds in a pool, keeps the responses, and reads none of them to its end."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask, request, stream_with_context

CELL = ("left-stream-in-pool", "none", "next-task")

feeds = Flask("feeds")
app = Flask(__name__)
watch = ThreadPoolExecutor(max_workers=1)
seen: list[Any] = []


@feeds.get("/ships")
def ships():
    @stream_with_context
    def lines():
        yield f"{request.args['port']}: Aurora\n"
        yield f"{request.args['port']}: Borealis\n"

    return feeds.response_class(lines())  # MADE FCX302 none


def poll(port: str) -> int:
    response = feeds.test_client().get(f"/ships?port={port}")  # READ FCX302 none
    seen.append(response)
    return response.status_code


@app.post("/ports/<port>/watch")
def watch_port(port: str):
    return {"status": watch.submit(poll, port).result()}  # HANDOVER


@pytest.fixture(scope="module", autouse=True)
def _watch_relieved():
    yield
    watch.submit(lambda: [response.close() for response in seen]).result()
    watch.shutdown()


def test_port_is_watched() -> None:
    """The feed of the port answers."""
    assert app.test_client().post("/ports/Kiel/watch").json == {"status": 200}
