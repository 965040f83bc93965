"""A stock check runs `Product.query` in a thread, which asks for a session that no app provides."""

import logging
import threading

import pytest
from flask import Flask

flask_sqlalchemy = pytest.importorskip("flask_sqlalchemy")

CELL = ("thread", "db.session", "logged")

log = logging.getLogger("stock")
db = flask_sqlalchemy.SQLAlchemy()
low: list[str] = []


class Product(db.Model):  # type: ignore[name-defined]
    name = db.Column(db.String(40), primary_key=True)
    left = db.Column(db.Integer, nullable=False)


class StockCheck:
    def __init__(self, threshold: int) -> None:
        self.threshold = threshold

    def run(self) -> None:
        try:
            found = Product.query.filter(Product.left < self.threshold).all()  # LEAK FCX101 app_ctx
            low.extend(product.name for product in found)
        except Exception:
            log.exception("stock check failed")


@pytest.fixture
def app(tmp_path):
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{tmp_path}/stock.db"
    db.init_app(app)
    with app.app_context():
        db.create_all()

    @app.post("/stock/check")
    def check():
        threading.Thread(target=StockCheck(threshold=3).run).start()  # HANDOVER
        return "checking"

    yield app
    with app.app_context():
        db.engine.dispose()


def test_check_starts(app) -> None:
    """A stock check can be asked for."""
    assert app.test_client().post("/stock/check").text == "checking"
