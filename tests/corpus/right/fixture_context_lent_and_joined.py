"""A thread pushes the context that the test has pushed, and the test waits for it."""

import threading

import pytest
from flask import Flask, current_app

MUTANT = "handed-twice"


@pytest.fixture
def context():
    app = Flask(__name__)
    app.config["GREETING"] = "hello"
    with app.app_context() as context:
        yield context


def test_threads_greet_in_turn(context) -> None:
    """Two threads borrow the test's context, one after the other."""
    greetings = []

    def greet():
        with context:
            greetings.append(current_app.config["GREETING"])

    for _ in range(2):
        thread = threading.Thread(target=greet)
        thread.start()
        thread.join()
    assert greetings == ["hello", "hello"]
