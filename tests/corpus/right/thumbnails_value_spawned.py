"""Thumbnails are made by spawned processes from a width that is passed."""

import multiprocessing

import pytest
from flask import Flask, request

MUTANT = "value-passed"


def thumbnail(name: str, width: int) -> str:
    return f"{name}@{width}"


@pytest.fixture
def client():
    app = Flask(__name__)
    with multiprocessing.get_context("spawn").Pool(1) as makers:

        @app.post("/photos/<name>")
        def upload(name: str):
            widths = request.form.getlist("width", type=int)
            return makers.starmap(thumbnail, [(name, width) for width in widths])

        yield app.test_client()


def test_thumbnails_of_two_sizes(client) -> None:
    """There is one for each width."""
    made = client.post("/photos/cat", data={"width": ["80", "160"]})
    assert made.json == ["cat@80", "cat@160"]
