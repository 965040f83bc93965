"""A survey's database is made by a fixture that yields within the app context it needed for that."""

import pytest
from flask import Flask

pytest.importorskip("flask_sqlalchemy")
from flask_sqlalchemy import SQLAlchemy

CELL = ("module-fixture", "none", "outlives-request")

db = SQLAlchemy()


class Answer(db.Model):  # type: ignore[name-defined]
    id = db.Column(db.Integer, primary_key=True)
    text = db.Column(db.String, nullable=False)


def create_app(uri: str) -> Flask:
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = uri
    db.init_app(app)

    @app.post("/answer/<text>")
    def answer(text: str):
        db.session.add(Answer(text=text))
        db.session.commit()
        return "thanks"

    @app.get("/answers")
    def answers():
        return {"answers": db.session.scalars(db.select(Answer.text)).all()}

    return app


@pytest.fixture(scope="module")
def survey(tmp_path_factory):
    app = create_app(f"sqlite:///{tmp_path_factory.mktemp('survey') / 'answers.db'}")
    with app.app_context():  # LEAK FCX303 none
        db.create_all()
        yield app
        db.engine.dispose()


def test_an_answer_is_thanked_for(survey) -> None:
    """Who answers is thanked."""
    assert survey.test_client().post("/answer/yes").text == "thanks"


def test_answers_are_listed(survey) -> None:
    """Answers are listed after they were given."""
    client = survey.test_client()
    client.post("/answer/no")
    assert "no" in client.get("/answers").json["answers"]
