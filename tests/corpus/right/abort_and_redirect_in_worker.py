"""A rule engine runs in a pool and answers by `abort` and `redirect`, which ask for an app
themselves.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, abort, redirect, request
from werkzeug.exceptions import Forbidden

MUTANT = "flask-own-reads"

rules = ThreadPoolExecutor(max_workers=1)
app = Flask(__name__)


def decide(country: str):
    if country == "XX":
        abort(403)
    return redirect(f"/{country.lower()}/")


@app.get("/")
def front():
    try:
        return rules.submit(decide, request.args["country"]).result(timeout=5)
    except Forbidden:
        return "not for you", 403


@pytest.fixture(scope="module", autouse=True)
def _rules_closed():
    yield
    rules.shutdown(wait=True)


def test_countries() -> None:
    """A known country is redirected, an unknown one refused."""
    client = app.test_client()
    assert client.get("/?country=NO").headers["Location"] == "/no/"
    assert client.get("/?country=XX").status_code == 403
