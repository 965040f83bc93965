"""A pool's task has each ticket printed in a process, which is forked with what the pool's thread
inherited: the context of the visitor before, who is still there.
"""

import multiprocessing
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, request

if "fork" not in multiprocessing.get_all_start_methods():
    pytest.skip("processes are not forked here", allow_module_level=True)

CELL = ("process", "request", "served-to-another")

app = Flask(__name__)
printers = ThreadPoolExecutor(max_workers=1)
forked = multiprocessing.get_context("fork")
entered, served = threading.Event(), threading.Event()


def write(tickets) -> None:
    tickets.put(request.args["visitor"])  # LEAK FCX202 request


def printed() -> str:
    tickets = forked.Queue()
    process = forked.Process(target=write, args=(tickets,))
    process.start()  # HANDOVER
    ticket = tickets.get(timeout=20)
    process.join()
    return ticket


@app.get("/tickets")
def ticket():
    return printers.submit(printed).result()


@app.get("/hall")
def hall():
    printers.submit(len, "warm").result()
    entered.set()
    served.wait(timeout=20)
    return "bye"


@pytest.fixture(scope="module", autouse=True)
def _printers_off():
    yield
    printers.shutdown()


def test_two_visitors() -> None:
    """Each is there at the same time."""
    first = threading.Thread(target=lambda: app.test_client().get("/hall?visitor=ada"))
    first.start()
    entered.wait(timeout=20)
    answer = app.test_client().get("/tickets?visitor=bob")
    served.set()
    first.join()
    assert answer.text
