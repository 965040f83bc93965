"""A survey's answers are counted by Huey, in immediate mode; all that is needed is passed."""

import pytest
from flask import Flask, request, session

pytest.importorskip("huey")
from huey import MemoryHuey

MUTANT = "value-passed"

app = Flask(__name__)
app.secret_key = "survey"
huey = MemoryHuey("survey", immediate=True)
counts: dict[str, int] = {}


@huey.task()
def count(answer: str, voter: str) -> str:
    counts[answer] = counts.get(answer, 0) + 1
    return f"{voter} said {answer}"


@app.post("/vote")
def vote():
    session.setdefault("voter", "voter-1")
    result = count(request.form["answer"], session["voter"])
    return result()


def test_votes_are_counted() -> None:
    """One client votes twice."""
    client = app.test_client()
    assert client.post("/vote", data={"answer": "tea"}).text == "voter-1 said tea"
    assert client.post("/vote", data={"answer": "tea"}).text == "voter-1 said tea"
    assert counts.pop("tea") == 2
