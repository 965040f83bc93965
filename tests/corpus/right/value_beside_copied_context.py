"""A cinema's ticket is sent under a copied context after the request, from values read before."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar, copy_context

import pytest
from flask import Flask, request

MUTANT = "value-passed"

trace_id: ContextVar[str] = ContextVar("trace_id")
outbox = ThreadPoolExecutor(max_workers=1)
answered = threading.Event()
sent: list[tuple[str, str, str]] = []

app = Flask(__name__)


def send(film: str, address: str) -> None:
    answered.wait(5)
    sent.append((trace_id.get(), film, address))


@app.post("/tickets/<film>")
def buy(film: str):
    trace_id.set(request.headers["X-Trace"])
    outbox.submit(copy_context().run, send, film, request.args["to"])
    return "enjoy the film", 201


@pytest.fixture(scope="module", autouse=True)
def _outbox_closed():
    yield
    answered.set()
    outbox.shutdown(wait=True)
    assert sent == [("t-1", "Metropolis", "ada@example.org")]


@pytest.mark.flask_ctx_allow("FCX204", reason="the trace is to go along")
def test_ticket_is_sent() -> None:
    """A ticket is sent to who bought it, and the trace goes along."""
    response = app.test_client().post(
        "/tickets/Metropolis?to=ada@example.org", headers={"X-Trace": "t-1"}
    )
    answered.set()
    assert response.status_code == 201
