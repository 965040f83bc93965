"""A report view submits the aggregation, which reads the month from `request` in the pool."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, request

CELL = ("submit", "request", "unread-future")

pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="sales-report")
reports: dict[str, int] = {}
SALES = {"2026-10": [120, 80], "2026-11": [300]}


def aggregate() -> None:
    month = request.args["month"]  # LEAK FCX101 request
    reports[month] = sum(SALES[month])


app = Flask(__name__)


@app.get("/reports/sales")
def sales():
    pool.submit(aggregate)  # HANDOVER
    return {"status": "in preparation"}, 202


@pytest.fixture(scope="module", autouse=True)
def _pool_closed():
    yield
    pool.shutdown(wait=True)


def test_report_is_accepted() -> None:
    """The view accepts the report without waiting for it."""
    response = app.test_client().get("/reports/sales?month=2026-10")
    assert response.json == {"status": "in preparation"}
