"""A voucher is printed in a pool under a copied context, when its request has been answered."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
from flask import Flask, request

CELL = ("submit", "request", "no-error")

printers = ThreadPoolExecutor(max_workers=2, thread_name_prefix="printer")
answered = threading.Event()
printed = threading.Event()
vouchers: list[str] = []


def print_voucher(number: int) -> None:
    answered.wait(5)
    value = request.args["value"]  # LEAK FCX201 request
    vouchers.append(f"No. {number}: {value} EUR")
    printed.set()


app = Flask(__name__)


@app.get("/vouchers/<int:number>")
def order(number: int):
    printers.submit(copy_context().run, print_voucher, number)  # HANDOVER
    return {"voucher": number}, 202


@pytest.fixture(scope="module", autouse=True)
def _printers_closed():
    yield
    answered.set()
    printers.shutdown(wait=True)


def test_voucher_is_printed() -> None:
    """A voucher is ordered, and printed after a while."""
    assert app.test_client().get("/vouchers/12?value=25").json == {"voucher": 12}
    answered.set()
    assert printed.wait(5)
    assert vouchers == ["No. 12: 25 EUR"]
