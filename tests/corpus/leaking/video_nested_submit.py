"""A video upload submits a transcode, which submits its chapters; those read `request` in vain."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, request

CELL = ("nested-pool", "request", "unread-future")

transcoders = ThreadPoolExecutor(max_workers=1, thread_name_prefix="transcode")
cutters = ThreadPoolExecutor(max_workers=2, thread_name_prefix="cut")
chapters: list[str] = []


def cut(chapter: int) -> None:
    quality = request.args.get("quality", default=720, type=int)  # LEAK FCX101 request
    chapters.append(f"{chapter}@{quality}p")


def transcode(count: int) -> None:
    for chapter in range(count):
        cutters.submit(cut, chapter)  # HANDOVER


app = Flask(__name__)


@app.post("/videos")
def upload():
    transcoders.submit(transcode, 3)
    return {"state": "transcoding"}


@pytest.fixture(scope="module", autouse=True)
def _pools_closed():
    yield
    transcoders.shutdown(wait=True)
    cutters.shutdown(wait=True)


def test_upload_starts_transcoding() -> None:
    """An upload is in work as soon as it is answered."""
    assert app.test_client().post("/videos?quality=1080").json == {"state": "transcoding"}
