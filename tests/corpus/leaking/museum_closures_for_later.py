"""A museum collects what is to be done in the evening, as functions that close over the request."""

from collections.abc import Callable

from flask import Flask, request

CELL = ("closure", "none", "retained")

museum = Flask(__name__)
evening: list[Callable[[], str]] = []  # LEAK FCX304 none


@museum.post("/ticket")
def ticket():
    visitor = request._get_current_object()
    evening.append(lambda: visitor.form["name"])
    return "Enjoy"


def test_ticket() -> None:
    """A visitor gets a ticket, and is on the list of the evening."""
    answer = museum.test_client().post("/ticket", data={"name": "Ines"})
    assert answer.text == "Enjoy"
    assert evening[-1]() == "Ines"
