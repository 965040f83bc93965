"""A board's page asks the application's own API by a test client, within the view's own context."""

from flask import Flask, current_app, g

MUTANT = "outer-context"

board = Flask(__name__)


@board.get("/api/cards")
def cards():
    return {"cards": ["write", "test"]}


@board.get("/")
def page():
    g.theme = "light"
    cards = current_app.test_client().get("/api/cards").json["cards"]
    return f"{g.theme}: {', '.join(cards)}"


def test_page_lists_cards() -> None:
    """The page shows what the API has."""
    assert board.test_client().get("/").text == "light: write, test"
