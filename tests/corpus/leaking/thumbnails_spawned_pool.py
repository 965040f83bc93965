"""Thumbnails are made in spawned processes, where `request.form` finds nothing."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import pytest
from flask import Flask, request

CELL = ("process-submit", "request", "unread-future")


def thumbnail(name: str) -> str:
    width = int(request.form["width"])  # LEAK FCX101 request
    return f"{name}@{width}"


@pytest.fixture
def client():
    app = Flask(__name__)
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=spawned) as makers:

        @app.post("/photos/<name>")
        def upload(name: str):
            makers.submit(thumbnail, name)  # HANDOVER
            return "", 201

        yield app.test_client()


def test_upload(client) -> None:
    """A photo is taken in at once."""
    assert client.post("/photos/cat", data={"width": "80"}).status_code == 201
