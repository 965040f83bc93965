"""The newsletter's pool task opens an app context of its own before it works with `db.session`."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

pytest.importorskip("flask_sqlalchemy")
from flask_sqlalchemy import SQLAlchemy

MUTANT = "worker-pushes"

db = SQLAlchemy()


class Reader(db.Model):  # type: ignore[name-defined]
    id = db.Column(db.Integer, primary_key=True)
    mailed = db.Column(db.Boolean, default=False, nullable=False)


@pytest.fixture
def app(tmp_path):
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{tmp_path / 'readers.db'}"
    db.init_app(app)
    pool = ThreadPoolExecutor(max_workers=1)
    with app.app_context():
        db.create_all()
        db.session.add_all([Reader(), Reader()])
        db.session.commit()

    def mark_mailed(reader_id: int) -> None:
        with app.app_context():
            db.session.get(Reader, reader_id).mailed = True
            db.session.commit()

    @app.post("/newsletter")
    def send():
        for reader_id in db.session.scalars(db.select(Reader.id)).all():
            pool.submit(mark_mailed, reader_id)
        return "sending"

    yield app
    pool.shutdown(wait=True)
    with app.app_context():
        marked = db.session.scalars(db.select(Reader.mailed)).all()
        db.session.remove()
        db.engine.dispose()
    assert marked == [True, True]


def test_newsletter_is_sent(app) -> None:
    """Sending a newsletter is answered at once."""
    assert app.test_client().post("/newsletter").text == "sending"
