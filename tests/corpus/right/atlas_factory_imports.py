"""Proxies are imported inside the factory, so a job closes over their names, and opens a context."""

from concurrent.futures import ThreadPoolExecutor

import pytest

MUTANT = "proxy-in-scope"

drawn: list[str] = []


def create_app(pool: ThreadPoolExecutor):
    from flask import Flask, current_app, request

    app = Flask("atlas")
    app.config["SCALE"] = "1:500"

    def draw(sheet: str) -> None:
        with app.app_context():
            drawn.append(f"{sheet} {current_app.config['SCALE']}")

    @app.post("/sheets")
    def sheets():
        pool.submit(draw, request.form["name"])
        return "", 202

    return app


@pytest.fixture
def client():
    pool = ThreadPoolExecutor(max_workers=1)
    yield create_app(pool).test_client()
    pool.shutdown(wait=True)
    assert drawn == ["Alps 1:500"]


def test_sheet_is_drawn(client) -> None:
    """A sheet is drawn in the scale of the app."""
    assert client.post("/sheets", data={"name": "Alps"}).status_code == 202
