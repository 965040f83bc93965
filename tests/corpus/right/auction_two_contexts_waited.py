"""Two bids at a time are checked in one pool, each under its own request's copied context."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
from flask import Flask, g, request

MUTANT = "copied-context"

checks = ThreadPoolExecutor(max_workers=2, thread_name_prefix="checks")
both = threading.Barrier(2)

app = Flask(__name__)


def check(lot: int) -> str:
    both.wait(5)
    return f"{g.bidder} bids {request.args['amount']} for lot {lot}"


@app.post("/lots/<int:lot>/bids")
def bid(lot: int):
    g.bidder = request.headers["X-Bidder"]
    return checks.submit(copy_context().run, check, lot).result(timeout=5)


def place(bidder: str, amount: int) -> str:
    client = app.test_client()
    return client.post(f"/lots/9/bids?amount={amount}", headers={"X-Bidder": bidder}).text


@pytest.fixture(scope="module", autouse=True)
def _checks_closed():
    yield
    checks.shutdown(wait=True)


def test_bids_do_not_mix() -> None:
    """Who bids at the same time as somebody else still bids under the own name."""
    with ThreadPoolExecutor(max_workers=2) as bidders:
        bids = list(bidders.map(place, ["Ada", "Bob"], [10, 20]))
    assert bids == ["Ada bids 10 for lot 9", "Bob bids 20 for lot 9"]
