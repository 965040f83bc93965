"""An invoice is rendered by `ThreadPool.apply_async`, where `request.form` cannot be read."""

from multiprocessing.pool import ThreadPool

import flask
import pytest

CELL = ("threadpool-apply", "request", "unread-result")

workers = ThreadPool(processes=2)
invoices: list[str] = []


class Invoice:
    def render(self, number: int) -> None:
        form = flask.request.form  # LEAK FCX101 request
        invoices.append(f"#{number}: {form['customer']} owes {form['amount']}")


app = flask.Flask(__name__)


@app.post("/invoices/<int:number>")
def issue(number: int):
    workers.apply_async(Invoice().render, (number,))  # HANDOVER
    return flask.redirect(f"/invoices/{number}", code=303)


@pytest.fixture(scope="module", autouse=True)
def _workers_gone():
    yield
    workers.close()
    workers.join()


def test_issuing_redirects() -> None:
    """Whoever issues an invoice is sent to it."""
    form = {"customer": "Grace", "amount": "12"}
    response = app.test_client().post("/invoices/4", data=form)
    assert response.headers["Location"] == "/invoices/4"
