"""A quiz is scored in a thread under the request context of the test itself, which waits for it."""

from concurrent.futures import ThreadPoolExecutor, wait
from contextvars import copy_context

import pytest
from flask import Flask, current_app, g, request

MUTANT = "any-bound"

ANSWERS = {"capital": "Lima", "river": "Rimac"}


def score(question: str) -> int:
    right = request.args.get(question) == ANSWERS[question]
    return current_app.config["POINTS"] * g.factor * right


@pytest.fixture
def app() -> Flask:
    app = Flask(__name__)
    app.config["POINTS"] = 5
    return app


def test_answers_are_scored(app: Flask) -> None:
    """A wrong answer scores nothing."""
    with ThreadPoolExecutor() as pool, app.test_request_context("/?capital=Lima&river=Nile"):
        g.factor = 2
        scores = {each: pool.submit(copy_context().run, score, each) for each in ANSWERS}
        assert not wait(scores.values(), timeout=5).not_done
        assert {each: future.result() for each, future in scores.items()} == {
            "capital": 10,
            "river": 0,
        }
