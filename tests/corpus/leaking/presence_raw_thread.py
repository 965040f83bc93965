"""Presence is noted on a thread of `_thread.start_new_thread`, where `session` cannot be read."""

import _thread
import contextlib
import threading

from flask import Flask, session as who

CELL = ("raw-thread", "session", "swallowed")

online: set[str] = set()
noted = threading.Event()


def note() -> None:
    with contextlib.suppress(Exception):
        online.add(who["nick"])  # LEAK FCX101 session
    noted.set()


app = Flask(__name__)
app.secret_key = "presence"


@app.post("/join/<nick>")
def join(nick: str):
    who["nick"] = nick
    _thread.start_new_thread(note, ())
    return f"{nick} joined"


def test_joining() -> None:
    """Joining is told, and noted."""
    assert app.test_client().post("/join/ada").text == "ada joined"
    assert noted.wait(5)
