"""A newsletter marks its readers through `db.session` in the pool, outside any app context."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

pytest.importorskip("flask_sqlalchemy")
from flask_sqlalchemy import SQLAlchemy

CELL = ("submit", "db.session", "unread-future")

db = SQLAlchemy()
mailers = ThreadPoolExecutor(max_workers=1)


class Reader(db.Model):  # type: ignore[name-defined]
    id = db.Column(db.Integer, primary_key=True)
    email = db.Column(db.String(80), nullable=False)
    mailed = db.Column(db.Boolean, default=False, nullable=False)


def mark_mailed(reader_id: int) -> None:
    reader = db.session.get(Reader, reader_id)  # LEAK FCX101 app_ctx
    reader.mailed = True
    db.session.commit()


@pytest.fixture
def client(tmp_path):
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{tmp_path / 'news.db'}"
    db.init_app(app)
    with app.app_context():
        db.create_all()
        db.session.add(Reader(email="ada@example.org"))
        db.session.commit()

    @app.post("/newsletter")
    def send():
        ids = db.session.scalars(db.select(Reader.id)).all()
        for reader_id in ids:
            mailers.submit(mark_mailed, reader_id)  # HANDOVER
        return {"mailed": len(ids)}

    yield app.test_client()
    with app.app_context():
        db.engine.dispose()


@pytest.fixture(scope="module", autouse=True)
def _mailers_gone():
    yield
    mailers.shutdown(wait=True)


def test_newsletter_goes_to_all(client) -> None:
    """The newsletter goes to everyone who reads it."""
    assert client.post("/newsletter").json == {"mailed": 1}
