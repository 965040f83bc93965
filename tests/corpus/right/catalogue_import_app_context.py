"""A catalogue import runs in a thread inside its own app context, so `current_app` is its own."""

import threading

from flask import Flask, current_app, g

MUTANT = "thread-id"


def create_app() -> Flask:
    app = Flask(__name__)
    app.config["BATCH"] = 2
    return app


def import_catalogue(app: Flask, rows: list[str], batches: list[list[str]]) -> None:
    with app.app_context():
        g.rows = list(rows)
        size = current_app.config["BATCH"]
        while g.rows:
            batches.append(g.rows[:size])
            g.rows = g.rows[size:]


def test_import_in_batches() -> None:
    """The rows arrive in batches of the configured size."""
    batches: list[list[str]] = []
    arguments = (create_app(), ["a", "b", "c"], batches)
    importer = threading.Thread(target=import_catalogue, args=arguments)
    importer.start()
    importer.join()
    assert batches == [["a", "b"], ["c"]]
