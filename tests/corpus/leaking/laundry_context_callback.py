"""A laundry tells by a future's callback whose washing is done; it runs in a copied context."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from functools import partial

import pytest
from flask import Flask, session

CELL = ("done-callback", "session", "no-error")

machines = ThreadPoolExecutor(max_workers=1, thread_name_prefix="machine")
answered = threading.Event()
told = threading.Event()
messages: list[str] = []


def wash(kilos: int) -> str:
    answered.wait(5)
    return f"{kilos} kg"


def tell(future: "Future[str]") -> None:
    customer = session["customer"]  # LEAK FCX201 session
    messages.append(f"{customer}: {future.result()}")
    told.set()


app = Flask(__name__)
app.secret_key = "laundry"


@app.post("/wash/<int:kilos>")
def take(kilos: int):
    session["customer"] = "Ines"
    washing = machines.submit(wash, kilos)
    washing.add_done_callback(partial(copy_context().run, tell))  # HANDOVER
    return "taken"


@pytest.fixture(scope="module", autouse=True)
def _machines_closed():
    yield
    answered.set()
    machines.shutdown(wait=True)


def test_washing_is_done() -> None:
    """A customer is told when the washing is done."""
    assert app.test_client().post("/wash/4").text == "taken"
    answered.set()
    assert told.wait(5)
    assert messages == ["Ines: 4 kg"]
