"""A gym copies request and context: under the new request context, `g` is still that of the dead
one.
"""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
from flask import Flask, copy_current_request_context, g, request

CELL = ("submit", "g", "no-error")

pool = ThreadPoolExecutor(max_workers=1)
answered = threading.Event()
noted = threading.Event()
visits: list[tuple[str, str]] = []


def note_visit() -> None:
    answered.wait(5)
    course = request.args["course"]
    visits.append((g.member, course))  # LEAK FCX201 g
    noted.set()


app = Flask(__name__)


@app.before_request
def load_member() -> None:
    g.member = request.headers["X-Member"]


@app.post("/visits")
def visit():
    work = copy_current_request_context(note_visit)
    pool.submit(copy_context().run, work)  # HANDOVER
    return "have fun"


@pytest.fixture(scope="module", autouse=True)
def _pool_closed():
    yield
    answered.set()
    pool.shutdown(wait=True)


def test_visit_is_noted() -> None:
    """A visit is noted with its member and course."""
    response = app.test_client().post("/visits?course=Yoga", headers={"X-Member": "m-5"})
    assert response.text == "have fun"
    answered.set()
    assert noted.wait(5)
    assert visits == [("m-5", "Yoga")]
