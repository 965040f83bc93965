"""A `LocalProxy` of the app's own stands on no context, and may go to any thread."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from werkzeug.local import LocalProxy

MUTANT = "proxy-in-scope"

season = {"fruit": "pear"}
fruit = LocalProxy(lambda: season["fruit"])


def pick(what) -> str:
    return f"picked {what}"


@pytest.fixture
def client():
    app = Flask(__name__)
    pool = ThreadPoolExecutor(max_workers=1)

    @app.get("/today")
    def today():
        return pool.submit(pick, fruit).result(timeout=5)

    yield app.test_client()
    pool.shutdown(wait=True)


def test_what_is_in_season_is_picked(client) -> None:
    """In the season of pears, pears are picked."""
    assert client.get("/today").text == "picked pear"
