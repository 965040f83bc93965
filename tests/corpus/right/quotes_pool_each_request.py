"""Each request forks a pool of its own and waits for it: its processes know no other request."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import pytest
from flask import Flask, session

if "fork" not in multiprocessing.get_all_start_methods():
    pytest.skip("processes are not forked here", allow_module_level=True)

MUTANT = "child-contexts"

app = Flask(__name__)
app.secret_key = "quotes"


def quote(item: str) -> str:
    return f"{item} for {session['customer']}"


@app.get("/quotes/<customer>")
def quotes(customer: str):
    session["customer"] = customer
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as pool:
        return list(pool.map(quote, ["tea", "milk"]))


def test_quotes_of_two_customers() -> None:
    """Each customer reads their own name."""
    for customer in ("ann", "bob"):
        asked = app.test_client().get(f"/quotes/{customer}").json
        assert asked == [f"tea for {customer}", f"milk for {customer}"]
