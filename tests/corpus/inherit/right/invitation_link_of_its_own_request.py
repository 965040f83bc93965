"""Invitations are written in a pool's thread, for the host that the view names."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, request, url_for

MUTANT = "worker-pushes"

app = Flask(__name__)
writers = ThreadPoolExecutor(max_workers=1)


def invitation(host: str, name: str) -> str:
    with app.app_context(), app.test_request_context(base_url=host):
        return url_for("join", name=name, _external=True)


@app.get("/join/<name>")
def join(name: str):
    return name


@app.post("/invite/<name>")
def invite(name: str):
    return writers.submit(invitation, request.host_url, name).result()


@pytest.fixture(scope="module", autouse=True)
def _writers_closed():
    yield
    writers.shutdown()


def test_invitations() -> None:
    """Each guest is invited to the right tenant."""
    for tenant in ("red", "blue"):
        host = f"http://{tenant}.example"
        answer = app.test_client().post("/invite/ada", base_url=host)
        assert answer.text == f"{host}/join/ada"
