"""A callback on a finished future enters an app context for its log and stays in it."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from flask import Flask, current_app

CELL = ("left-in-callback", "none", "next-task")

app = Flask(__name__)
vet = ThreadPoolExecutor(max_workers=1)
registered, logged = threading.Event(), threading.Event()
log: list[str] = []


def examine(dog: str) -> str:
    assert registered.wait(20)
    return f"{dog} is well"


def note(future: "Future[str]") -> None:
    app.app_context().__enter__()  # LEAK FCX302 none
    log.append(f"{current_app.name}: {future.result()}")
    logged.set()


@app.post("/dogs/<dog>/examination")
def examination(dog: str):
    future = vet.submit(examine, dog)
    future.add_done_callback(note)  # HANDOVER
    registered.set()
    return "", 202


@pytest.fixture(scope="module", autouse=True)
def _practice_closed():
    yield
    vet.shutdown()


def test_examination_is_logged() -> None:
    """The examination ends in the log."""
    assert app.test_client().post("/dogs/Rex/examination").status_code == 202
    assert logged.wait(20)
    assert log[0].endswith("Rex is well")
