"""An atlas is tested under a request context that a fixture holds; views lend the application
context beneath, and wait.
"""

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
from flask import Flask, current_app, g, request

MUTANT = "any-bound"


def area(country: str) -> str:
    return f"{country}: {g.areas[country]} {current_app.config['UNIT']}"


@pytest.fixture
def app() -> Flask:
    app = Flask(__name__)
    app.config["UNIT"] = "km2"

    @app.get("/areas")
    def areas():
        g.areas = {"Malta": 316, "Andorra": 468}
        with ThreadPoolExecutor() as pool:
            found = [pool.submit(copy_context().run, area, each) for each in sorted(g.areas)]
            return [each.result() for each in found]

    return app


@pytest.fixture(autouse=True)
def _request_context(app: Flask):
    with app.test_request_context("/around"):  # NOTE FCX303 none
        yield


def test_areas(app: Flask) -> None:
    """All areas are told, whatever context the test itself stands in."""
    assert app.test_client().get("/areas").json == ["Andorra: 468 km2", "Malta: 316 km2"]
    assert request.path == "/around"
