"""Flask-Session with its cachelib backend: a store on the server, saved with the response only."""

from __future__ import annotations

import pytest
from telling_runs import Watch

pytest.importorskip("flask_session")
pytest.importorskip("cachelib")

APP = """\
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from cachelib import FileSystemCache, SimpleCache
from flask import Flask, Response, copy_current_request_context, current_app, session
from flask_session import Session

sent = threading.Event()

@pytest.fixture(params=["files", "memory"])
def app(request, tmp_path):
    app = Flask(__name__)
    store = FileSystemCache(tmp_path) if request.param == "files" else SimpleCache()
    app.config.update(SESSION_TYPE="cachelib", SESSION_CACHELIB=store)
    Session(app)
    app.get("/count")(lambda: {"count": session.get("count"), "cart": session.get("cart")})
    return app

@pytest.fixture
def pool():
    sent.clear()
    with ThreadPoolExecutor(1) as pool:
        yield pool

def visit(app, pool, work):
    @app.post("/")
    def view():
        session["cart"] = ["tea"]
        pool.submit(copy_current_request_context(work))
        return "ok"

    client = app.test_client()
    assert client.post("/").text == "ok"
    sent.set()
    pool.shutdown()
    return client.get("/count").json
"""


def test_a_write_after_the_save_is_lost(watch: Watch) -> None:
    """The store has the old value, and the line that wrote is told."""
    told = watch(
        APP
        + """
def work():
    sent.wait(20)
    session["count"] = 1

def test_leak(app, pool):
    assert visit(app, pool, work) == {"count": None, "cart": ["tea"]}
"""
    )
    assert told.outcomes == {"failed": 2}, told.output
    assert told.places == [("FCX205", "new", "session", 'session["count"]')]
    assert told.findings[0]["origin"]["kind"] == "submit"


def test_a_change_in_place_is_lost(watch: Watch) -> None:
    """The store has the old list, and the hand-over is told."""
    told = watch(
        APP
        + """
def work():
    sent.wait(20)
    session["cart"].append("milk")
    session.modified = True

def test_leak(app, pool):
    assert visit(app, pool, work) == {"count": None, "cart": ["tea"]}
"""
    )
    assert told.outcomes == {"failed": 2}, told.output
    assert [each["code"] for each in told.findings] == ["FCX205"]
    assert "changed in place" in told.findings[0]["message"]


def test_what_is_saved_again_is_kept(watch: Watch) -> None:
    """A worker that asks for a save of its own reaches the store; it still outlives its request."""
    told = watch(
        APP
        + """
def work():
    sent.wait(20)
    session["count"] = 1
    session["cart"].append("milk")
    current_app.session_interface.save_session(
        current_app, session._get_current_object(), Response()
    )

def test_right(app, pool):
    assert visit(app, pool, work) == {"count": 1, "cart": ["tea", "milk"]}

def test_regenerated(app, pool):
    @app.post("/login")
    def login():
        session["count"] = 2
        app.session_interface.regenerate(session)
        return "ok"

    with app.test_client() as client:
        client.post("/login")
        session.pop("count")
        assert client.get("/count").json["count"] == 2
"""
    )
    assert told.outcomes == {"passed": 4}, told.output
    assert [each["code"] for each in told.findings] == ["FCX204"]
