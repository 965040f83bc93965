"""An audit in a forked process of its own reads the request as it was, and nobody waits for it."""

import multiprocessing

import pytest
from flask import Flask, request

if "fork" not in multiprocessing.get_all_start_methods():
    pytest.skip("processes are not forked here", allow_module_level=True)

CELL = ("process", "request", "lent")

forked = multiprocessing.get_context("fork")
closing_time = forked.Event()


def audit(amount: int) -> None:
    closing_time.wait()
    print(f"{request.remote_addr} moved {amount}")  # LEAK FCX207 request


app = Flask(__name__)


@app.post("/transfers/<int:amount>")
def transfer(amount: int):
    forked.Process(target=audit, args=(amount,), name="audit").start()  # HANDOVER
    return "moved"


def test_transfer() -> None:
    """Money moves before the audit is done."""
    assert app.test_client().post("/transfers/7").text == "moved"
    closing_time.set()
