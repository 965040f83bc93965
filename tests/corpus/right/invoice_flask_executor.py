"""Flask-Executor copies the contexts for its task by itself, and the view waits for the result."""

import pytest
from flask import Flask, current_app, request

flask_executor = pytest.importorskip("flask_executor")

MUTANT = "copied-context"

app = Flask(__name__)
app.config["CURRENCY"] = "EUR"
executor = flask_executor.Executor(app)


def render() -> str:
    return f"{request.form['amount']} {current_app.config['CURRENCY']}"


@app.post("/invoices")
def issue():
    return executor.submit(render).result(timeout=5)


@pytest.fixture(scope="module", autouse=True)
def _executor_closed():
    yield
    executor.shutdown(wait=True)


def test_invoice_is_rendered() -> None:
    """An invoice shows amount and currency."""
    assert app.test_client().post("/invoices", data={"amount": "12"}).text == "12 EUR"
