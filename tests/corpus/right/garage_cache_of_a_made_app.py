"""A garage's application, made by a factory for the tests, has a cache of its own."""

import pytest
from flask import Flask, current_app, request

MUTANT = "still-there"


def create_app() -> Flask:
    app = Flask(__name__)
    app.extensions["garage"] = {}

    @app.post("/park")
    def park():
        current_app.extensions["garage"]["last"] = request._get_current_object()
        return "parked"

    return app


@pytest.fixture(scope="module")
def garage():
    return create_app()


def test_parking(garage) -> None:
    """The application is the fixture's, and what it keeps is gone with it."""
    assert garage.test_client().post("/park").text == "parked"
    assert garage.extensions["garage"]["last"].path == "/park"
