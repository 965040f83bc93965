"""The sales report's task is given the month that the view has read: nothing is left to look up."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, request

MUTANT = "value-passed"

SALES = {"2026-10": [120, 80], "2026-11": [300]}
reports: dict[str, int] = {}
app = Flask(__name__)


def aggregate(month: str) -> None:
    reports[month] = sum(SALES[month])


@pytest.fixture(scope="module")
def pool():
    with ThreadPoolExecutor(max_workers=2) as executor:
        app.extensions["pool"] = executor
        yield executor
    assert reports == {"2026-10": 200}


@app.get("/reports/sales")
def sales():
    app.extensions["pool"].submit(aggregate, request.args["month"])
    return {"status": "in preparation"}, 202


def test_report_is_accepted(pool) -> None:
    """The view accepts the report, and the pool makes it."""
    assert app.test_client().get("/reports/sales?month=2026-10").status_code == 202
