"""An opera's cloakroom copies the request's context in the worker, when there is none any more."""

import threading
from contextvars import copy_context

import pytest
from flask import Flask, copy_current_request_context, request

CELL = ("thread", "copy_current_request_context", "no-error")

answered = threading.Event()
tickets: list[str] = []
threads: list[threading.Thread] = []

app = Flask(__name__)


def hang_up() -> None:
    tickets.append(f"{request.args['coats']} coats")


def serve() -> None:
    answered.wait(5)
    copied = copy_current_request_context(hang_up)  # LEAK FCX201 copy_current_request_context
    copied()


@app.get("/cloakroom")
def cloakroom():
    threads.append(threading.Thread(target=copy_context().run, args=(serve,)))
    threads[-1].start()  # HANDOVER
    return "one moment"


@pytest.fixture(scope="module", autouse=True)
def _threads_done():
    yield
    answered.set()
    for thread in threads:
        thread.join()


def test_coats_are_hung_up() -> None:
    """Coats are taken while the guest walks on."""
    assert app.test_client().get("/cloakroom?coats=2").text == "one moment"
    answered.set()
    threads[0].join(5)
    assert tickets == ["2 coats"]
