"""A client that all tests of a module share keeps its last request's context from test to test."""

import pytest
from flask import Flask, request

MUTANT = "body-over"

app = Flask(__name__)


@app.get("/birds/<name>")
def bird(name: str) -> str:
    return name


@pytest.fixture(scope="module")
def client():
    with app.test_client() as client:
        yield client


def test_the_tit_is_there(client) -> None:
    """What was asked for last can be looked at."""
    assert client.get("/birds/tit").text == "tit"
    assert request.path == "/birds/tit"


def test_the_wren_is_there(client) -> None:
    """In each test."""
    assert client.get("/birds/wren").text == "wren"
    assert request.path == "/birds/wren"
