"""An upload puts a callback on a promise that a queue worker keeps, where `session` is gone."""

import queue
import threading
from concurrent.futures import Future

import pytest
from flask import Flask, session

CELL = ("done-callback", "session", "swallowed")

Job = tuple[str, "Future[int]"]

uploads: "queue.Queue[Job | None]" = queue.Queue()
quota: dict[str, int] = {}


def store() -> None:
    while (job := uploads.get()) is not None:
        name, promise = job
        promise.set_result(len(name))
        uploads.task_done()


app = Flask(__name__)
app.secret_key = "uploads"


def charge(promise: "Future[int]") -> None:
    try:
        account = session["account"]  # LEAK FCX101 session
        quota[account] = quota.get(account, 0) + promise.result()
    except Exception:
        quota["unknown"] = promise.result()


@app.put("/files/<name>")
def put(name: str):
    session["account"] = "a-1"
    promise: Future[int] = Future()
    promise.add_done_callback(charge)  # HANDOVER
    uploads.put((name, promise))
    return "", 201


@pytest.fixture(scope="module", autouse=True)
def disk():
    thread = threading.Thread(target=store, daemon=True)
    thread.start()
    yield thread
    uploads.put(None)
    thread.join()


def test_file_is_stored() -> None:
    """A file is stored before the next look."""
    assert app.test_client().put("/files/plan.txt").status_code == 201
    uploads.join()
