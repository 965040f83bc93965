"""Payslips are printed by a forked process, which is told for whom."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import pytest
from flask import Flask, request

if "fork" not in multiprocessing.get_all_start_methods():
    pytest.skip("processes are not forked here", allow_module_level=True)

MUTANT = "value-passed"

SALARIES = {"grace": 5200, "linus": 3100}


def payslip(employee: str, month: str) -> str:
    return f"{employee}, {month}: {SALARIES[employee]}"


@pytest.fixture(scope="module")
def app():
    app = Flask(__name__)
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as printers:

        @app.get("/payslip/<month>")
        def show(month: str):
            return printers.submit(payslip, request.headers["X-Employee"], month).result()

        yield app


@pytest.mark.parametrize("employee", SALARIES)
def test_payslip_of_may(app, employee) -> None:
    """Everybody gets their own."""
    answer = app.test_client().get("/payslip/may", headers={"X-Employee": employee})
    assert answer.text == f"{employee}, may: {SALARIES[employee]}"
