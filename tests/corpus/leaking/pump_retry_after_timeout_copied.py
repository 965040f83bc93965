"""A pump that does not answer in time is asked again, while the first call still hangs in it."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, copy_current_request_context, request

CELL = ("submit", "copied-context", "timeout")


class Pump:
    def __init__(self):
        self.answers = threading.Event()
        self.commands = []

    def command(self):
        self.commands.append(request.view_args["speed"])
        self.answers.wait()


@pytest.fixture
def station():
    app = Flask(__name__)
    app.pump, pool = Pump(), ThreadPoolExecutor(max_workers=2)

    @app.post("/speed/<int:speed>")
    def set_speed(speed):
        command = copy_current_request_context(app.pump.command)
        try:
            pool.submit(command).result(timeout=0)  # HANDOVER
        except TimeoutError:
            pool.submit(command)  # LEAK FCX203 none
        app.pump.answers.set()
        return "set"

    yield app
    pool.shutdown(wait=True)


def test_speed_is_set(station) -> None:
    """The answer does not tell how often the pump was asked."""
    assert station.test_client().post("/speed/9").text == "set"
