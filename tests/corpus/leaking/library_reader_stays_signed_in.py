"""A helper signs a reader in by hand; the request of the next test is served as that reader."""

from flask import Flask, g

CELL = ("left-in-test", "none", "later-request")

app = Flask(__name__)
desk = []


def reader() -> str:
    if "reader" not in g:
        g.reader = "nobody"
    return g.reader


@app.get("/loans")
def loans():
    return {"reader": reader()}


def sign_in(name: str) -> None:
    context = app.app_context()
    context.push()  # LEAK FCX301 none
    desk.append(context)
    g.reader = name


def test_reader_is_known() -> None:
    """Who signs in is known."""
    sign_in("Ada")
    assert reader() == "Ada"


def test_loans_of_nobody() -> None:
    """Without a reader the loans are nobody's, or so it was meant."""
    assert app.test_client().get("/loans").json is not None


def test_desk_is_cleared() -> None:
    """The next suite in this process finds the desk empty."""
    desk.pop().pop()
