"""Async hooks and an async error handler each run in an asgiref thread, with the context of
theirs.
"""

import asyncio

import pytest
from flask import Flask, g, request

pytest.importorskip("asgiref")

MUTANT = "async-views"


class OutOfTea(Exception):
    """There is none left."""


def create_app() -> Flask:
    app = Flask(__name__)

    @app.before_request
    async def authenticate() -> None:
        await asyncio.sleep(0)
        g.user = request.headers["X-User"]

    @app.after_request
    async def sign(response):
        response.headers["X-Served"] = f"{g.user} {request.path}"
        return response

    @app.errorhandler(OutOfTea)
    async def sorry(error: OutOfTea):
        await asyncio.sleep(0)
        return f"sorry, {g.user}", 404

    @app.teardown_request
    async def forget(error) -> None:
        g.pop("user", None)

    @app.get("/tea")
    async def tea():
        raise OutOfTea

    return app


def test_hooks_know_the_user() -> None:
    """Every hook of a request knows the user whom the first one found."""
    response = create_app().test_client().get("/tea", headers={"X-User": "ada"})
    assert (response.status_code, response.text) == (404, "sorry, ada")
    assert response.headers["X-Served"] == "ada /tea"
