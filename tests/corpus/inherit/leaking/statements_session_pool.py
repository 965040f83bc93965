"""A bank renders statements in one worker, which finds whose account it is in the session."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, session

CELL = ("submit", "session", "served-to-another")

rendering = ThreadPoolExecutor(max_workers=1, thread_name_prefix="statement")


def render() -> str:
    return f"Statement of {session['account']}"  # LEAK FCX202 session


def create_app() -> Flask:
    app = Flask(__name__)
    app.secret_key = "vault"

    @app.post("/login/<account>")
    def login(account: str):
        session["account"] = account
        return "", 204

    @app.get("/statement")
    def statement():
        return rendering.submit(render).result(timeout=5)  # HANDOVER

    return app


@pytest.fixture(scope="module", autouse=True)
def _rendering_closed():
    yield
    rendering.shutdown()


def test_statements_are_rendered() -> None:
    """Two customers get a statement each."""
    app = create_app()
    for account in ("anna", "boris"):
        client = app.test_client()
        client.post(f"/login/{account}")
        assert client.get("/statement").text.startswith("Statement of")
