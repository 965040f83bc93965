"""Readers of a library log in and out; their permanent session is refreshed by each request."""

import pytest
from flask import Flask, abort, g, session

MUTANT = "session-writes"


@pytest.fixture
def client():
    app = Flask(__name__)
    app.config.update(SECRET_KEY="library", SESSION_REFRESH_EACH_REQUEST=True)

    @app.before_request
    def load_reader() -> None:
        g.reader = session.get("reader")

    @app.post("/login/<reader>")
    def login(reader: str):
        session.clear()
        session["reader"] = reader
        session.permanent = True
        return "", 204

    @app.post("/logout")
    def logout():
        session.clear()
        return "", 204

    @app.get("/loans")
    def loans():
        if g.reader is None:
            abort(401)
        return {"reader": g.reader}

    @app.errorhandler(401)
    def unknown(error):
        session["wanted"] = "/loans"
        return "log in", 401

    return app.test_client()


def test_reader_logs_in_and_out(client) -> None:
    """Only who is logged in sees loans."""
    assert client.get("/loans").status_code == 401
    assert client.post("/login/ada").status_code == 204
    answer = client.get("/loans")
    assert answer.json == {"reader": "ada"}
    assert "expires=" in answer.headers["Set-Cookie"].lower()
    assert client.post("/logout").status_code == 204
    assert client.get("/loans").status_code == 401


def test_reader_was_logged_in_before(client) -> None:
    """A session that the test fills is the client's."""
    with client.session_transaction() as reader:
        reader["reader"] = "grace"
    assert client.get("/loans").json == {"reader": "grace"}
