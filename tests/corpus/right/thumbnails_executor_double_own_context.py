"""Thumbnails are made in a pool, in tests at once; each work pushes an app context of its own."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Any

import pytest
from flask import Flask, copy_current_request_context, current_app, request

MUTANT = "eager-task"


class AtOnce(Executor):
    """A pool for tests: it does the work when it gets it."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> "Future[Any]":
        future: Future[Any] = Future()
        future.set_result(fn(*args, **kwargs))
        return future


def shrink(app: Flask, name: str) -> str:
    with app.app_context():
        return f"{name}@{current_app.config['WIDTH']}"


def create_app(pool: Executor) -> Flask:
    app = Flask("thumbnails")
    app.config["WIDTH"] = 90

    @app.post("/thumbnails/<name>")
    def thumbnail(name: str):
        small = pool.submit(shrink, current_app._get_current_object(), name)

        @copy_current_request_context
        def headline() -> str:
            return f"{request.method} {request.path}"

        return f"{small.result()} by {pool.submit(headline).result()}"

    return app


@pytest.fixture
def client():
    return create_app(AtOnce()).test_client()


def test_a_thumbnail(client) -> None:
    """It has the app's width; a copied context that is waited for is right as well."""
    answer = client.post("/thumbnails/cat")
    assert answer.text == "cat@90 by POST /thumbnails/cat"
