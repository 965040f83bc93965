"""The table of both apps."""

from flask import Flask
from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()


class Visit(db.Model):  # type: ignore[name-defined,misc]  # the base is made at run time
    """One visit of one page."""

    id = db.Column(db.Integer, primary_key=True)
    page = db.Column(db.String, nullable=False)


def make_app(name: str) -> Flask:
    app = Flask(name)
    app.config["SQLALCHEMY_DATABASE_URI"] = "sqlite://"
    db.init_app(app)
    with app.app_context():
        db.create_all()
    return app
