"""A choir's notes are printed by a queue's worker, each job in the context that was put beside it."""

import queue
import threading
from collections.abc import Callable
from contextvars import Context, copy_context

import pytest
from flask import Flask, g

CELL = ("queue-worker", "g", "no-error")

Job = tuple[Context, Callable[[str], None], str]

jobs: "queue.Queue[Job | None]" = queue.Queue()
answered = threading.Event()
sheets: list[str] = []


def print_sheet(piece: str) -> None:
    sheets.append(f"{piece} for {g.voice}")  # LEAK FCX201 g


def work() -> None:
    while (job := jobs.get()) is not None:
        answered.wait(5)
        context, function, piece = job
        context.run(function, piece)
        jobs.task_done()


def create_app() -> Flask:
    app = Flask(__name__)

    @app.url_value_preprocessor
    def singer(endpoint, values) -> None:
        g.voice = (values or {}).pop("voice", "all")

    @app.post("/<voice>/sheets/<piece>")
    def order(piece: str):
        jobs.put((copy_context(), print_sheet, piece))
        return f"{piece} is being printed"

    return app


@pytest.fixture(scope="module", autouse=True)
def _printer_works():
    printer = threading.Thread(target=work, name="printer")
    printer.start()
    yield
    answered.set()
    jobs.put(None)
    printer.join()


def test_sheets_are_printed() -> None:
    """Every voice gets its own sheets."""
    client = create_app().test_client()
    assert client.post("/alto/sheets/Gloria").text == "Gloria is being printed"
    answered.set()
    jobs.join()
    assert sheets == ["Gloria for alto"]
