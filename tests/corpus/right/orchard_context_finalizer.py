"""An autouse fixture pushes a request context around each test, as pytest-flask's does."""

import pytest
from flask import Flask, g, request

MUTANT = "body-over"

app = Flask(__name__)


@app.get("/apples/<sort>")
def apples(sort: str):
    g.sort = sort
    return {"sort": sort, "ripe": "ripe" in request.args}


@pytest.fixture(autouse=True)
def _visit(request):
    context = app.test_request_context()
    context.push()  # NOTE FCX303 none

    def leave() -> None:
        context.pop()

    request.addfinalizer(leave)


def test_ripe_apples() -> None:
    """The question for ripe apples is understood."""
    assert app.test_client().get("/apples/boskoop?ripe").json == {"sort": "boskoop", "ripe": True}


def test_context_of_the_test() -> None:
    """The test has a request of its own."""
    assert request.path == "/"
    assert "sort" not in g
