"""A watcher that the test's body starts, not a request, still waits when the test is over."""

import threading

import pytest
from flask import Flask, request

MUTANT = "any-task-waits"


class Watcher(threading.Thread):
    """Waits for an alarm and counts it."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.alarm = threading.Semaphore(0)
        self.alarms = 0

    def run(self) -> None:
        self.alarm.acquire()
        self.alarms += 1


@pytest.fixture
def watcher():
    thread = Watcher()
    yield thread
    thread.alarm.release()
    thread.join()
    assert thread.alarms == 1


def test_quiet_request(watcher) -> None:
    """A request that raises no alarm leaves the watcher waiting."""
    watcher.start()
    app = Flask(__name__)

    @app.get("/quiet")
    def quiet():
        return request.path

    assert app.test_client().get("/quiet").text == "/quiet"
    assert watcher.is_alive()
