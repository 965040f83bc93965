"""An import reports its end by `flash` from the pool; the message reaches no `session`."""

from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from flask import Flask, flash, get_flashed_messages

CELL = ("submit", "flash", "unread-future")

importer = ThreadPoolExecutor(max_workers=1)
running: "list[Future[None]]" = []

app = Flask(__name__)
app.secret_key = "imports"


def import_rows(rows: list[str]) -> None:
    count = len([row for row in rows if row])
    flash(f"{count} rows were imported")  # LEAK FCX101 session


@app.post("/imports")
def start():
    running.append(importer.submit(import_rows, ["a", "", "b"]))  # HANDOVER
    return "importing"


@app.get("/imports")
def messages():
    return {"messages": get_flashed_messages()}


@pytest.fixture(scope="module", autouse=True)
def _importer_closed():
    yield
    importer.shutdown(wait=True)


def test_import_starts_in_silence() -> None:
    """Right after an import has begun there is nothing to tell."""
    client = app.test_client()
    client.post("/imports")
    assert client.get("/imports").json == {"messages": []}
