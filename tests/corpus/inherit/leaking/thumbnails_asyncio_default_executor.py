"""A gallery's loop makes thumbnails in its default executor, as large as the request says."""

import asyncio
import threading

import pytest
from flask import Flask, request

CELL = ("run_in_executor", "request", "served-to-another")

loop = asyncio.new_event_loop()
runner = threading.Thread(target=loop.run_forever, daemon=True)
runner.start()
app = Flask(__name__)


def thumbnail(name: str) -> str:
    return f"{name} at {request.args['size']}"  # LEAK FCX202 request


async def make(name: str) -> str:
    return await loop.run_in_executor(None, thumbnail, name)  # HANDOVER


@app.get("/thumbnails/<name>")
def show(name: str):
    return asyncio.run_coroutine_threadsafe(make(name), loop).result(timeout=5)


@pytest.fixture(scope="module", autouse=True)
def _loop_stopped():
    yield
    asyncio.run_coroutine_threadsafe(loop.shutdown_default_executor(), loop).result(5)
    loop.call_soon_threadsafe(loop.stop)
    runner.join()
    loop.close()


def test_thumbnails() -> None:
    """Two sizes are asked for."""
    client = app.test_client()
    for size in ("64", "128"):
        assert client.get(f"/thumbnails/cat?size={size}").text.startswith("cat at ")
