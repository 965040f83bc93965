"""Access logging goes through a `QueueListener` whose formatter reads the path of `request`."""

import logging
import logging.handlers
import queue

import pytest
from flask import Flask, request

CELL = ("queue-listener", "request", "handler-error")

records: "queue.Queue[logging.LogRecord]" = queue.Queue()
lines: list[str] = []


class PathFormatter(logging.Formatter):
    """Puts the path before the message."""

    def format(self, record: logging.LogRecord) -> str:
        path = request.path  # LEAK FCX101 request
        return f"{path} {super().format(record)}"


class ListHandler(logging.Handler):
    def emit(self, record: logging.LogRecord) -> None:
        try:
            lines.append(self.format(record))
        except Exception:
            lines.append("(unformatted)")


@pytest.fixture
def access_log():
    log = logging.Logger("access")
    log.addHandler(logging.handlers.QueueHandler(records))
    handler = ListHandler()
    handler.setFormatter(PathFormatter())
    listener = logging.handlers.QueueListener(records, handler)
    listener.start()
    yield log
    listener.stop()


def test_every_request_is_logged(access_log) -> None:
    """Each request leaves one line in the access log."""
    app = Flask(__name__)

    @app.route("/ping")
    def ping():
        access_log.info("served")
        return "pong"

    assert app.test_client().get("/ping").text == "pong"
    records.join()
    assert len(lines) == 1
