"""An order's audit entry is written by a future's callback, which finds no tenant in `g`."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from flask import Flask, g, request

CELL = ("done-callback", "g", "callback-logged")

pool = ThreadPoolExecutor(max_workers=1, thread_name_prefix="orders")
answered = threading.Event()
audit: list[tuple[str, int]] = []

app = Flask(__name__)


def book(order: int) -> int:
    answered.wait(5)
    return order


def write_audit(future: "Future[int]") -> None:
    audit.append((g.tenant, future.result()))  # LEAK FCX101 g


@app.before_request
def load_tenant() -> None:
    g.tenant = request.headers.get("X-Tenant", "public")


@app.post("/orders/<int:order>")
def place(order: int):
    booking = pool.submit(book, order)
    booking.add_done_callback(write_audit)  # HANDOVER
    return {"tenant": g.tenant}, 202


@pytest.fixture(scope="module", autouse=True)
def _pool_closed():
    yield
    answered.set()
    pool.shutdown(wait=True)


def test_order_of_a_tenant() -> None:
    """An order is accepted for the tenant who placed it."""
    response = app.test_client().post("/orders/7", headers={"X-Tenant": "acme"})
    answered.set()
    assert response.json == {"tenant": "acme"}
