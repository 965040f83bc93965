"""A quiz keeps its sessions in a cache; the answers that its pool grades miss the one save."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, copy_current_request_context, request, session

pytest.importorskip("flask_session")
cachelib = pytest.importorskip("cachelib")
from flask_session.cachelib import CacheLibSessionInterface

CELL = ("submit", "flask_session", "lost-write")

RIGHT = {"1": "b", "2": "a"}


@pytest.fixture
def graded():
    return threading.Event()


@pytest.fixture
def client(graded: threading.Event):
    app = Flask(__name__)
    app.session_interface = CacheLibSessionInterface(client=cachelib.SimpleCache())
    pool = ThreadPoolExecutor(max_workers=2)

    @app.post("/answers")
    def answer():
        given = request.form.to_dict()

        def grade() -> None:
            graded.wait(5)
            points = sum(given.get(question) == answer for question, answer in RIGHT.items())
            session.update(points=points, graded=True)  # LEAK FCX205 session

        session["given"] = given
        pool.submit(copy_current_request_context(grade))  # HANDOVER
        return {"state": "grading"}

    @app.get("/points")
    def points():
        return {"points": session.get("points"), "given": session["given"]}

    yield app.test_client()
    pool.shutdown(wait=True)


def test_answers_are_graded(client, graded: threading.Event) -> None:
    """Who asks at once is told what was given, and no points yet."""
    assert client.post("/answers", data={"1": "b"}).json == {"state": "grading"}
    assert client.get("/points").json == {"points": None, "given": {"1": "b"}}
    graded.set()
