"""A lazily made pool prices the lines of a cart by the tenant's list, which it looks up on `g`."""

from concurrent.futures import ThreadPoolExecutor
from functools import cached_property

import pytest
from flask import Flask, g

CELL = ("map", "g", "served-to-another")

PRICES = {"acme": {"nut": 1, "bolt": 2}, "globex": {"nut": 10, "bolt": 20}}


class Pricing:
    @cached_property
    def pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(max_workers=1)

    def total(self, parts: list[str]) -> int:
        return sum(self.pool.map(self._price, parts))  # HANDOVER

    def _price(self, part: str) -> int:
        return PRICES[g.tenant][part]  # LEAK FCX202 g


pricing = Pricing()
app = Flask(__name__)


@app.url_value_preprocessor
def pull_tenant(endpoint, values):
    g.tenant = values.pop("tenant")


@app.get("/<tenant>/total")
def total():
    return str(pricing.total(["nut", "bolt"]))


@pytest.fixture(scope="module", autouse=True)
def _pricing_closed():
    yield
    pricing.pool.shutdown()


def test_totals() -> None:
    """Each tenant is told a total."""
    client = app.test_client()
    assert [client.get(f"/{tenant}/total").status_code for tenant in PRICES] == [200, 200]
