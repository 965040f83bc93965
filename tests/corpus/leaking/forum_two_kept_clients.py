"""Two readers of a forum are two clients, the one within the `with` block of the other."""

from flask import Flask, g, session

CELL = ("kept-client", "none", "outlives-request")

forum = Flask(__name__)
forum.secret_key = "forum"


def reader() -> str:
    if "reader" not in g:
        g.reader = session.get("reader", "a guest")
    return g.reader


@forum.post("/enter/<name>")
def enter(name: str):
    session["reader"] = name
    return f"Welcome, {reader()}"


@forum.get("/me")
def me():
    return reader()


def test_readers_are_apart() -> None:
    """The one who entered is known, whoever the other one is taken for."""
    with forum.test_client() as ann:
        assert ann.post("/enter/ann").text == "Welcome, ann"
        assert session["reader"] == "ann"
        assert forum.test_client().get("/me").status_code == 200  # LEAK FCX303 none
