"""The audit's callback closes over the tenant that the view has taken from `g`, not over `g`."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from flask import Flask, g, request

MUTANT = "value-passed"


class Audit:
    def __init__(self) -> None:
        self.entries: list[tuple[str, int]] = []
        self.answered = threading.Event()
        self.pool = ThreadPoolExecutor(max_workers=1)

    def book(self, order: int) -> int:
        self.answered.wait(5)
        return order


@pytest.fixture
def audit():
    audit = Audit()
    yield audit
    audit.answered.set()
    audit.pool.shutdown(wait=True)
    assert audit.entries == [("acme", 7)]


def test_order_is_audited_for_its_tenant(audit) -> None:
    """The audit knows whose order it was."""
    app = Flask(__name__)

    @app.before_request
    def load_tenant() -> None:
        g.tenant = request.headers["X-Tenant"]

    @app.post("/orders/<int:order>")
    def place(order: int):
        tenant = g.tenant

        def write(future: "Future[int]") -> None:
            audit.entries.append((tenant, future.result()))

        audit.pool.submit(audit.book, order).add_done_callback(write)
        return "accepted"

    assert app.test_client().post("/orders/7", headers={"X-Tenant": "acme"}).text == "accepted"
    audit.answered.set()
