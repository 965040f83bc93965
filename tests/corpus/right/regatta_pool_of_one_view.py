"""A regatta's boats are timed by a pool that lives for one view: leaving its block waits for all."""

from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
from flask import Flask, g, request, url_for

MUTANT = "any-bound"


class Board:
    """The times of one race."""

    def __init__(self) -> None:
        self.times: dict[str, str] = {}

    def time(self, boat: str) -> None:
        self.times[url_for("boat", name=boat)] = request.args[boat] + g.unit


@pytest.fixture
def app():
    app = Flask(__name__)

    @app.before_request
    def load_unit() -> None:
        g.unit = "s"

    @app.get("/boats/<name>")
    def boat(name: str):
        return name

    @app.get("/race")
    def race():
        board = Board()
        with ThreadPoolExecutor() as clocks:
            for boat in request.args:
                clocks.submit(copy_context().run, board.time, boat)
        return board.times

    return app


def test_boats_are_timed(app) -> None:
    """Each boat's time stands on the board."""
    times = app.test_client().get("/race?fox=61&owl=64").json
    assert times == {"/boats/fox": "61s", "/boats/owl": "64s"}
