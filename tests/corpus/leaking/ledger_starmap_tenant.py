"""A ledger is summed by `Pool.starmap` for `g.tenant`: that of the request that came first."""

import multiprocessing

import pytest
from flask import Flask, g, request

if "fork" not in multiprocessing.get_all_start_methods():
    pytest.skip("processes are not forked here", allow_module_level=True)

CELL = ("pool-starmap", "g", "served-to-another")

LEDGERS = {"acme": {"q1": [10, 20], "q2": [30]}, "initech": {"q1": [1], "q2": [2, 3]}}


class Ledger:
    def total(self, quarter: str, rate: int) -> int:
        return rate * sum(LEDGERS[g.tenant][quarter])  # LEAK FCX202 g


def make_app() -> Flask:
    app = Flask(__name__)

    @app.before_request
    def tenant() -> None:
        g.tenant = request.args["tenant"]

    @app.get("/totals")
    def totals():
        pool = app.extensions.get("pool")
        if pool is None:
            pool = app.extensions["pool"] = multiprocessing.get_context("fork").Pool(1)
        work = [("q1", 1), ("q2", 1)]
        return pool.starmap(Ledger().total, work)  # HANDOVER

    return app


@pytest.fixture
def client():
    app = make_app()
    yield app.test_client()
    app.extensions["pool"].close()
    app.extensions["pool"].join()


def test_totals_of_two_tenants(client) -> None:
    """Two quarters, two totals, for each tenant."""
    for tenant in LEDGERS:
        assert len(client.get("/totals", query_string={"tenant": tenant}).json) == 2
