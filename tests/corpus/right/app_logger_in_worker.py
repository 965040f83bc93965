"""A worker logs through `app.logger` and Flask's default handler, which looks for a request."""

import threading

import pytest
from flask import Flask
from flask.logging import default_handler

MUTANT = "flask-own-reads"


@pytest.fixture
def app():
    app = Flask("app_logger_in_worker")
    app.logger.addHandler(default_handler)
    app.logger.propagate = False
    yield app
    app.logger.removeHandler(default_handler)
    app.logger.propagate = True


def test_worker_logs_to_the_server(app, capsys) -> None:
    """What a worker logs ends up in the server's error stream."""

    def work(batch: int) -> None:
        app.logger.error("batch %d is late", batch)

    @app.post("/batches/<int:batch>")
    def start(batch: int):
        thread = threading.Thread(target=work, args=(batch,))
        thread.start()
        thread.join()
        return "started"

    app.test_client().post("/batches/3")
    assert "batch 3 is late" in capsys.readouterr().err
