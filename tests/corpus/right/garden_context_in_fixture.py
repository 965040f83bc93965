"""A fixture holds the app context around each test by a `with` block."""

import pytest
from flask import Flask, current_app, g

MUTANT = "body-over"

app = Flask(__name__)
app.config["BEDS"] = 4


def plant(name: str) -> int:
    g.setdefault("planted", []).append(name)
    return current_app.config["BEDS"] - len(g.planted)


@pytest.fixture
def garden():
    """Bind the app while the test runs."""
    with app.app_context():
        yield app


def test_one_bed_is_taken(garden) -> None:
    """A plant takes a bed."""
    assert plant("bean") == 3


def test_the_beds_are_empty_again(garden) -> None:
    """Each test has its own garden."""
    assert plant("pea") == 3
