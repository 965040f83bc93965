"""A vacuum of the database is put off by a `Timer`, where `db.engine` asks for the current app."""

import threading

import pytest
from flask import Flask

pytest.importorskip("flask_sqlalchemy")
from flask_sqlalchemy import SQLAlchemy

CELL = ("timer", "db.engine", "swallowed")


@pytest.fixture
def app(tmp_path):
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{tmp_path / 'vacuum.db'}"
    db = SQLAlchemy(app)
    timers: list[threading.Timer] = []
    vacuumed: list[str] = []

    def vacuum() -> None:
        try:
            engine = db.engine  # LEAK FCX101 current_app
            vacuumed.append(str(engine.url))
        except Exception:
            vacuumed.clear()

    @app.delete("/rows")
    def delete():
        timer = threading.Timer(interval=0, function=vacuum)
        timers.append(timer)
        timer.start()  # HANDOVER
        return "deleted"

    yield app
    for timer in timers:
        timer.join()
    with app.app_context():
        db.engine.dispose()


def test_rows_are_deleted(app) -> None:
    """Rows are deleted before the database is vacuumed."""
    assert app.test_client().delete("/rows").text == "deleted"
