"""An async view awaits `asyncio.to_thread`, which takes the context along while the view waits."""

import asyncio

import pytest
from flask import Flask, request

pytest.importorskip("asgiref")

MUTANT = "async-views"

app = Flask(__name__)


def slug() -> str:
    return request.args["title"].lower().replace(" ", "-")


@app.get("/slug")
async def show():
    return await asyncio.to_thread(slug)


def test_slug_of_a_title() -> None:
    """A title's slug is computed in a thread that knows the request."""
    assert app.test_client().get("/slug?title=Tea+at+five").text == "tea-at-five"
