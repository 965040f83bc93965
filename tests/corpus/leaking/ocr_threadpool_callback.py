"""A scan's text is filed by a callback of `apply_async`, which looks for a folder in `session`."""

import logging
from multiprocessing.pool import ThreadPool

import pytest
from flask import Flask, session

CELL = ("threadpool-callback", "session", "logged")

log = logging.getLogger("scans")
folders: dict[str, list[str]] = {}


def recognise(image: bytes) -> str:
    return image.decode().upper()


def file_text(text: str) -> None:
    try:
        folders.setdefault(session["folder"], []).append(text)  # LEAK FCX101 session
    except Exception:
        log.exception("text is filed nowhere")


@pytest.fixture
def client():
    app = Flask(__name__)
    app.secret_key = "scans"
    with ThreadPool(1) as scanner:

        @app.post("/scans/<folder>")
        def scan(folder: str):
            session["folder"] = folder
            scanner.apply_async(recognise, (b"a letter",), callback=file_text)  # HANDOVER
            return "scanning"

        yield app.test_client()
        scanner.close()
        scanner.join()


def test_scan_begins(client) -> None:
    """A scan begins at once."""
    assert client.post("/scans/letters").text == "scanning"
