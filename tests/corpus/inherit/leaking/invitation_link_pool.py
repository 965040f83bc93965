"""Invitations are written in a pool's thread that still has the host of the first tenant."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, url_for

CELL = ("submit", "url_for", "served-to-another")

app = Flask(__name__)
writers = ThreadPoolExecutor(max_workers=1)


def invitation(name: str) -> str:
    link = url_for("join", name=name, _external=True)  # LEAK FCX202 url_for
    return f"Dear {name}, please come to {link}"


@app.get("/join/<name>")
def join(name: str):
    return name


@app.post("/invite/<name>")
def invite(name: str):
    return writers.submit(invitation, name).result()  # HANDOVER


@pytest.fixture(scope="module", autouse=True)
def _writers_closed():
    yield
    writers.shutdown()


def test_invitations() -> None:
    """Each guest is written to."""
    for tenant, guest in (("red", "ada"), ("blue", "bob")):
        answer = app.test_client().post(f"/invite/{guest}", base_url=f"http://{tenant}.example")
        assert answer.text.endswith(f"/join/{guest}")
