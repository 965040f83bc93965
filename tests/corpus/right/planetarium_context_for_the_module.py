"""A fixture of the whole module pushes a request context, which stays until the last test."""

import pytest
from flask import Flask, current_app, request, url_for

MUTANT = "body-over"


@pytest.fixture(scope="module")
def dome():
    """Bind one visit for all tests."""
    app = Flask(__name__)
    app.add_url_rule("/shows/<int:number>", "show", lambda number: str(number))
    context = app.test_request_context("/shows/3?seat=12")
    context.push()  # NOTE FCX303 none
    yield app
    context.pop()


def test_show_is_matched(dome) -> None:
    """The visit is to the third show."""
    assert request.view_args == {"number": 3}


def test_next_show_is_linked(dome) -> None:
    """The next show has an address."""
    assert url_for("show", number=4) == "/shows/4"
    assert current_app.test_client().get("/shows/4").text == "4"
