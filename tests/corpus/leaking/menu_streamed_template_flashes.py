"""A streamed page pops its flashed messages when the headers are gone: they are shown for ever."""

import pytest
from flask import Flask, Response, flash, get_flashed_messages, stream_with_context

CELL = ("stream", "get_flashed_messages", "lost-write")


def page():
    yield "<ul>"
    for message in get_flashed_messages():  # LEAK FCX205 session
        yield f"<li>{message}</li>"
    yield "</ul>"


@pytest.fixture
def client():
    app = Flask(__name__)
    app.secret_key = "menu"

    @app.post("/menu/soup")
    def sold_out():
        flash("No more soup.")
        return "", 204

    @app.get("/menu")
    def menu():
        return Response(stream_with_context(page()), mimetype="text/html")

    return app.test_client()


def test_menu_shows_what_is_sold_out(client) -> None:
    """The page shows the message that was flashed."""
    client.post("/menu/soup")
    assert client.get("/menu").text == "<ul><li>No more soup.</li></ul>"
