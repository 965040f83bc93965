"""Players hand the one decorated function on through a queue that the view reads in between."""

import queue
from multiprocessing.pool import ThreadPool

import pytest
from flask import Flask, copy_current_request_context, request

MUTANT = "handed-twice"


@pytest.fixture
def client():
    app = Flask(__name__)
    stage = ThreadPool(2)
    heard = queue.Queue()

    @app.get("/play/<piece>")
    def play(piece):
        @copy_current_request_context
        def tune(player):
            return f"{player}: {request.view_args['piece']}"

        tuned = []
        for player in ("oboe", "violin"):
            stage.apply_async(tune, (player,), callback=heard.put)
            tuned.append(heard.get(timeout=20))
        return tuned

    yield app.test_client()
    stage.close()
    stage.join()


def test_players_tune_in_turn(client) -> None:
    """The oboe gives the tone."""
    assert client.get("/play/Bolero").json == ["oboe: Bolero", "violin: Bolero"]
