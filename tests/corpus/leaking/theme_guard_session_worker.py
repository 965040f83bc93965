"""A cache-warming worker fed by a queue asks `session and ...`, which always picks the plain
theme.
"""

import queue
import threading

import pytest
from flask import Flask, session

CELL = ("queue-worker", "session", "guard")

wanted: "queue.Queue[str | None]" = queue.Queue()
warm: dict[str, str] = {}


def warm_up() -> None:
    while (page := wanted.get()) is not None:
        theme = (session and session.get("theme")) or "plain"  # LEAK FCX102 session
        warm[page] = theme
        wanted.task_done()


app = Flask(__name__)
app.secret_key = "theme"


@app.get("/theme/<name>")
def choose(name: str):
    session["theme"] = name
    wanted.put("home")
    return name


@pytest.fixture(scope="module", autouse=True)
def _warmer():
    threading.Thread(target=warm_up, name="warmer", daemon=True).start()
    yield
    wanted.put(None)


def test_theme_is_chosen() -> None:
    """The chosen theme is answered, and the cache gets warm."""
    assert app.test_client().get("/theme/dark").text == "dark"
    wanted.join()
    assert "home" in warm
