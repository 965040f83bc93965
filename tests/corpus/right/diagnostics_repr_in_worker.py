"""A diagnosing worker only prints proxies by `repr`, which tells that they are unbound."""

import logging
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, current_app, g, request, session

MUTANT = "repr-counts"

log = logging.getLogger("diagnostics")
pool = ThreadPoolExecutor(max_workers=1)


def diagnose() -> list[str]:
    log.info("request is %r and g is %r", request, g)
    return [repr(request), f"{session!r}", "%r" % (current_app,), ascii(g)]


app = Flask(__name__)


@app.get("/diagnosis")
def diagnosis():
    return pool.submit(diagnose).result(timeout=5)


@pytest.fixture(scope="module", autouse=True)
def _pool_closed():
    yield
    pool.shutdown(wait=True)


def test_worker_sees_unbound_proxies(caplog) -> None:
    """In the pool every proxy shows itself as unbound."""
    caplog.set_level("INFO")
    lines = app.test_client().get("/diagnosis").json
    assert len(lines) == 4
    assert all("unbound" in line for line in lines)
