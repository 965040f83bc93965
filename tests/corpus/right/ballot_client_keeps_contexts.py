"""A fixture's test client keeps the contexts of its requests for the test's body."""

import pytest
from flask import Flask, session

MUTANT = "body-over"

app = Flask(__name__)
app.secret_key = "urn"


@app.post("/vote/<name>")
def vote(name: str):
    session["vote"] = name
    return "thank you"


@pytest.fixture
def voter():
    """Yield a client whose session can be read."""
    with app.test_client() as client:
        yield client


def test_vote_is_remembered(voter) -> None:
    """The session knows the vote."""
    voter.post("/vote/ada")
    assert session["vote"] == "ada"


def test_last_vote_counts(voter) -> None:
    """Who votes twice has changed their mind."""
    voter.post("/vote/ada")
    voter.post("/vote/grace")
    assert session["vote"] == "grace"
