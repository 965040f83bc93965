"""A pharmacy's worker asks a form that was never sent, in a copied context after the request: there
is no body that could be closed.
"""

import threading
from multiprocessing.pool import ThreadPool

import pytest
from flask import Flask, copy_current_request_context, request

MUTANT = "first-read"

answered = threading.Event()
orders: list[str] = []


@pytest.fixture
def client():
    app = Flask(__name__)
    with ThreadPool(1) as helpers:

        @app.route("/refill/<drug>", methods=["GET", "POST"])
        def refill(drug: str):
            @copy_current_request_context
            def order() -> None:
                answered.wait(5)
                amount = request.form.get("amount") or request.args.get("amount", "1")
                orders.append(f"{amount} {drug}")

            helpers.apply_async(order)
            return "tomorrow"

        yield app.test_client()
        answered.set()
        helpers.close()
        helpers.join()
        assert orders == ["2 aspirin"]


@pytest.mark.flask_ctx_allow("FCX204", reason="all that it reads is in the link")
def test_refill(client) -> None:
    """A link is enough to order the same again."""
    assert client.get("/refill/aspirin?amount=2").text == "tomorrow"
    answered.set()
