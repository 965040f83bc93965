"""Each of several pool tasks gets a copied context of its own, and the view waits for them all."""

from concurrent.futures import ThreadPoolExecutor, wait

import pytest
from flask import Flask, copy_current_request_context, request

MUTANT = "copied-context"


def quote(source: str) -> str:
    return f"{source}:{request.args['symbol']}"


@pytest.fixture
def client():
    app = Flask(__name__)
    pool = ThreadPoolExecutor(max_workers=2)

    @app.get("/quotes")
    def quotes():
        futures = [
            pool.submit(copy_current_request_context(quote), source)
            for source in ("xetra", "lse", "nyse")
        ]
        done, pending = wait(futures, timeout=5)
        assert not pending
        return sorted(future.result() for future in done)

    yield app.test_client()
    pool.shutdown(wait=True)


def test_all_sources_quote(client) -> None:
    """Every source quotes the symbol of the request."""
    assert client.get("/quotes?symbol=SAP").json == ["lse:SAP", "nyse:SAP", "xetra:SAP"]
