"""A `ThreadPool` made by the first search logs the user's query of each search."""

from multiprocessing.pool import ThreadPool

import pytest
from flask import Blueprint, Flask, request

CELL = ("threadpool-apply", "request", "served-to-another")

search = Blueprint("search", __name__)
pools: list[ThreadPool] = []
queries: list[str] = []


def log_query() -> None:
    queries.append(request.args.get("q", ""))  # LEAK FCX202 request


@search.get("/search")
def find():
    if not pools:
        pools.append(ThreadPool(1))
    pools[0].apply(log_query)  # HANDOVER
    return {"hits": []}


@pytest.fixture(scope="module", autouse=True)
def _pools_closed():
    yield
    for pool in pools:
        pool.terminate()


def test_queries_are_logged() -> None:
    """As many queries are logged as there were searches."""
    app = Flask(__name__)
    app.register_blueprint(search)
    client = app.test_client()
    for word in ("tea", "milk"):
        assert client.get("/search", query_string={"q": word}).json == {"hits": []}
    assert len(queries) == 2
