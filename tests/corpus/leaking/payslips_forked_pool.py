"""Payslips are printed by a process that was forked for whoever asked first."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import pytest
from flask import Flask, request

if "fork" not in multiprocessing.get_all_start_methods():
    pytest.skip("processes are not forked here", allow_module_level=True)

CELL = ("process-submit", "request", "served-to-another")

SALARIES = {"grace": 5200, "linus": 3100}


def payslip(month: str) -> str:
    employee = request.headers["X-Employee"]  # LEAK FCX202 request
    return f"{employee}, {month}: {SALARIES[employee]}"


@pytest.fixture(scope="module")
def app():
    app = Flask(__name__)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as printers:

        @app.get("/payslip/<month>")
        def show(month: str):
            return printers.submit(payslip, month).result()  # HANDOVER

        yield app


@pytest.mark.parametrize("employee", SALARIES)
def test_payslip_of_may(app, employee) -> None:
    """A payslip is of the month that was asked for; whose it is nobody looked at."""
    answer = app.test_client().get("/payslip/may", headers={"X-Employee": employee})
    assert ", may: " in answer.text
