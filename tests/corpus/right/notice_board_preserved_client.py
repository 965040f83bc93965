"""The tests of a notice board look into the session of a client that keeps its context."""

import pytest
from flask import Flask, flash, get_flashed_messages, redirect, session, url_for

MUTANT = "body-as-app"


@pytest.fixture
def client():
    app = Flask(__name__)
    app.secret_key = "board"

    @app.post("/notices/<text>")
    def pin(text: str):
        session.setdefault("notices", []).append(text)
        flash(f"{text} is pinned.", "info")
        return redirect(url_for("board"))

    @app.get("/notices")
    def board():
        return {"notices": session.get("notices", [])}

    with app.test_client() as client:
        yield client


def test_pinning_is_told(client) -> None:
    """The message waits for the next page, and the body takes it out."""
    client.post("/notices/Lost%20cat")
    assert get_flashed_messages(with_categories=True) == [("info", "Lost cat is pinned.")]
    assert session.pop("notices") == ["Lost cat"]
    session["seen"] = True
    session.permanent = True


def test_notices_are_kept(client) -> None:
    """What the body changes in its copy of the session changes nothing for the client."""
    client.post("/notices/Found%20cat")
    session.clear()
    assert client.get("/notices").json == {"notices": ["Found cat"]}
    session["notices"].append("Sold cat")
    assert client.get("/notices").json == {"notices": ["Found cat"]}
