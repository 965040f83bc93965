"""A fixture pushes the app context that its tests want and returns it instead of yielding it."""

import pytest
from flask import Flask, current_app

CELL = ("left-in-fixture", "none", "next-test")

app = Flask(__name__)
app.config["CABINS"] = {"inside": 90, "outside": 140}
left = []


def fare(cabin: str, nights: int) -> int:
    return current_app.config["CABINS"][cabin] * nights


@pytest.fixture
def harbour():
    """Return the context in which fares are known."""
    context = app.app_context()
    context.push()  # LEAK FCX301 none
    left.append(context)
    return context


def test_fare_of_an_inside_cabin(harbour) -> None:
    """Two nights inside."""
    assert fare("inside", 2) == 180


def test_fare_without_the_fixture() -> None:
    """The fixture was forgotten, and nobody notices."""
    assert fare("outside", 1) == 140
    left.pop().pop()
