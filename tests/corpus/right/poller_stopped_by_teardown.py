"""An app's factory starts a poller; the fixture's teardown stops it, so no test has to wait for
it.
"""

import threading

import pytest
from flask import Flask, current_app

MUTANT = "any-task-waits"


class Poller:
    """Looks for work every ten milliseconds, in an app context."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.rounds = 0
        self.polled = threading.Event()
        self.stopping = threading.Event()
        self.thread = threading.Thread(target=self.poll, name="poller")
        self.thread.start()

    def poll(self) -> None:
        while not self.stopping.wait(0.01):
            with self.app.app_context():
                self.rounds += current_app.config["STEP"]
            self.polled.set()

    def stop(self) -> None:
        self.stopping.set()
        self.thread.join()


@pytest.fixture
def app():
    app = Flask(__name__)
    app.config["STEP"] = 1
    app.extensions["poller"] = poller = Poller(app)
    app.add_url_rule("/rounds", view_func=lambda: {"polling": poller.thread.is_alive()})
    yield app
    poller.stop()


@pytest.mark.parametrize("visit", [1, 2, 3])
def test_poller_runs_beside_requests(app, visit: int) -> None:
    """While a test runs the poller does, and no longer."""
    assert app.extensions["poller"].polled.wait(5)
    assert app.test_client().get("/rounds").json == {"polling": True}
