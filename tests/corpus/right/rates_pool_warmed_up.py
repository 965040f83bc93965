"""A pool that was forked before any request pushes an application context for each task."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import pytest
from flask import Flask, current_app, request

if "fork" not in multiprocessing.get_all_start_methods():
    pytest.skip("processes are not forked here", allow_module_level=True)

MUTANT = "child-contexts"

app = Flask(__name__)
app.config["RATES"] = {"GBP": 2, "EUR": 3}
pool = ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork"))


def exchanged(currency: str, amount: int) -> int:
    with app.app_context():
        return amount * current_app.config["RATES"][currency]


@app.get("/exchange/<currency>")
def exchange(currency: str):
    amount = request.args.get("amount", type=int)
    return str(pool.submit(exchanged, currency, amount).result())


@pytest.fixture(scope="module", autouse=True)
def _warm():
    pool.submit(abs, 1).result()
    yield
    pool.shutdown()


def test_two_currencies() -> None:
    """Each request gets the rate that it asked for."""
    client = app.test_client()
    assert client.get("/exchange/GBP?amount=5").text == "10"
    assert client.get("/exchange/EUR?amount=5").text == "15"
