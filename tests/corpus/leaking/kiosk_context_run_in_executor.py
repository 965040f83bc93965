"""An async view leaves the receipt to an executor and answers without awaiting it."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
from flask import Flask, current_app, request

pytest.importorskip("asgiref")

CELL = ("run_in_executor", "current_app", "no-error")

till = ThreadPoolExecutor(max_workers=1)
answered = threading.Event()
written = threading.Event()
receipts: list[str] = []


def write_receipt(item: str) -> None:
    answered.wait(5)
    currency = current_app.config["CURRENCY"]  # LEAK FCX201 current_app
    receipts.append(f"{item}: {request.args['paid']} {currency}")  # LEAK FCX201 request
    written.set()


app = Flask(__name__)
app.config["CURRENCY"] = "CHF"


@app.get("/buy/<item>")
async def buy(item: str):
    loop = asyncio.get_running_loop()
    loop.run_in_executor(till, copy_context().run, write_receipt, item)  # HANDOVER
    return "thank you"


@pytest.fixture(scope="module", autouse=True)
def _till_closed():
    yield
    answered.set()
    till.shutdown(wait=True)


def test_receipt_is_written() -> None:
    """Who pays is thanked before the receipt is written."""
    assert app.test_client().get("/buy/tea?paid=4").text == "thank you"
    answered.set()
    assert written.wait(5)
    assert receipts == ["tea: 4 CHF"]
