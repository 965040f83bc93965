"""A failed payment is noted by an `error_callback`, which cannot tell the merchant kept in `g`."""

import contextlib
from multiprocessing.pool import ThreadPool

import pytest
from flask import Flask, g

CELL = ("threadpool-callback", "g", "swallowed")

refused: list[str] = []
bank = ThreadPool(1)

app = Flask(__name__)


class CardRefused(Exception):
    """The bank does not pay."""


def charge(card: str) -> None:
    raise CardRefused(card)


def note_refusal(error: BaseException) -> None:
    with contextlib.suppress(Exception):
        refused.append(f"{g.merchant}: {error}")  # LEAK FCX101 g


@app.post("/pay/<merchant>")
def pay(merchant: str):
    g.merchant = merchant
    bank.apply_async(  # HANDOVER
        charge,
        kwds={"card": "4000-0002"},
        error_callback=note_refusal,
    )
    return {"state": "pending"}


@pytest.fixture(scope="module", autouse=True)
def _bank_closed():
    yield
    bank.close()
    bank.join()


def test_payment_is_pending() -> None:
    """A payment is pending until the bank has spoken."""
    assert app.test_client().post("/pay/acme").json == {"state": "pending"}
