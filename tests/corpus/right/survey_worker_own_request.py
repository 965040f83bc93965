"""A survey's worker hands its result in by a request of its own, with the visitor's cookie."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, request, session

MUTANT = "session-writes"


@pytest.fixture
def app():
    app = Flask(__name__)
    app.secret_key = "survey"
    app.extensions["answered"] = threading.Event()
    app.extensions["pool"] = ThreadPoolExecutor(max_workers=1)
    app.extensions["results"] = []

    def evaluate(cookie: str) -> None:
        app.extensions["answered"].wait(5)
        worker = app.test_client()
        worker.set_cookie("session", cookie)
        app.extensions["results"].append(worker.put("/result", json={"score": 9}).json)

    @app.post("/survey")
    def survey():
        session["survey"] = "open"
        app.extensions["pool"].submit(evaluate, request.cookies.get("session", ""))
        return "", 202

    @app.put("/result")
    def result():
        session["score"] = request.json["score"]
        return dict(session)

    yield app
    app.extensions["pool"].shutdown(wait=True)


def test_survey_is_evaluated(app) -> None:
    """The result is in the session that the worker's own request saved."""
    client = app.test_client()
    client.post("/survey")
    client.post("/survey")
    app.extensions["answered"].set()
    app.extensions["pool"].shutdown(wait=True)
    assert {"survey": "open", "score": 9} in app.extensions["results"]
