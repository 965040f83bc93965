"""When an invoice is printed its callback notes who asked for it, on a queue that is no queue."""

import pytest
from flask import Flask, request, session

fakeredis = pytest.importorskip("fakeredis")
rq = pytest.importorskip("rq")

CELL = ("eager-rq", "session", "green-in-tests")

app = Flask(__name__)
app.secret_key = "ink"
printer = rq.Queue(is_async=False, connection=fakeredis.FakeStrictRedis())
printed: list[str] = []


def print_invoice(number: int) -> str:
    return f"invoice {number}"


def note(job, connection, result) -> None:
    printed.append(f"{session['clerk']}: {result}")  # LEAK FCX208 session


@app.post("/invoices/<int:number>")
def invoice(number: int):
    session["clerk"] = request.form["clerk"]
    printer.enqueue(print_invoice, number, on_success=rq.Callback(note))  # HANDOVER
    return "", 204


def test_invoice() -> None:
    """The clerk is noted with the invoice."""
    assert app.test_client().post("/invoices/7", data={"clerk": "Ada"}).status_code == 204
    assert printed == ["Ada: invoice 7"]
