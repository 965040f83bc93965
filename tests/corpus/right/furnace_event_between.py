"""Each step of a furnace says by an event that it is done, before the next is handed over."""

import threading

import pytest
from flask import Flask, copy_current_request_context, g

MUTANT = "handed-twice"


@pytest.fixture
def client():
    app = Flask(__name__)

    @app.post("/fire")
    def fire():
        done, steps = threading.Event(), []

        @copy_current_request_context
        def heat(degrees):
            g.degrees = degrees
            steps.append(g.degrees)

        def step(degrees):
            heat(degrees)
            done.set()

        for degrees in (200, 600, 900):
            threading.Timer(0, step, [degrees]).start()
            assert done.wait(20)
            done.clear()
        return steps

    return app.test_client()


def test_furnace_heats_in_steps(client) -> None:
    """The steps come in their order."""
    assert client.post("/fire").json == [200, 600, 900]
