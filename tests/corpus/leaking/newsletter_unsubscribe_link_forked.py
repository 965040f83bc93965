"""Unsubscribe links are made by a process that was forked for whichever host asked first."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

import flask.ctx
import pytest
from flask import Flask, url_for

if "fork" not in multiprocessing.get_all_start_methods():
    pytest.skip("processes are not forked here", allow_module_level=True)
if "RequestContext" not in vars(flask.ctx):
    pytest.skip("an application context hides the request", allow_module_level=True)

CELL = ("process-submit", "url_for", "served-to-another")

app = Flask(__name__)


def footer(address: str) -> str:
    with app.app_context():
        return url_for("leave", address=address, _external=True)  # LEAK FCX202 url_for


@pytest.fixture(scope="module", autouse=True)
def writers():
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("fork")) as pool:
        app.extensions["writers"] = pool
        yield


@app.get("/leave/<address>")
def leave(address: str):
    return f"Goodbye {address}"


@app.post("/send/<address>")
def send(address: str):
    return app.extensions["writers"].submit(footer, address).result()  # HANDOVER


@pytest.mark.parametrize("host", ["ada.example", "bob.example"])
def test_footer(host) -> None:
    """A footer has a link for its reader; to which host nobody looked."""
    answer = app.test_client().post("/send/eve", base_url=f"https://{host}")
    assert answer.text.endswith("/leave/eve")
