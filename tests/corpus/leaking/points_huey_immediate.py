"""A game books points by Huey; in immediate mode its task finds the player in the session."""

import pytest
from flask import Flask, session

huey_package = pytest.importorskip("huey")
from huey import MemoryHuey

CELL = ("huey-immediate", "session", "answered-in-test")

huey = MemoryHuey("game", immediate=True)
scores: dict[str, int] = {}


@huey.task()
def book(points):
    player = session["player"]  # LEAK FCX208 session
    scores[player] = scores.get(player, 0) + points


def create_app():
    app = Flask(__name__)
    app.secret_key = "game"

    @app.post("/enter/<player>")
    def enter(player):
        session["player"] = player
        return "hello"

    @app.post("/goal")
    def goal():
        book(3)  # HANDOVER
        return "", 204

    return app


def test_goals_are_booked() -> None:
    """Two goals, six points."""
    client = create_app().test_client()
    client.post("/enter/ada")
    client.post("/goal")
    client.post("/goal")
    assert scores.pop("ada") == 6
