"""A harbour asks the tide station by HTTP while a thread reads the `session` of the same view."""

import threading
from contextvars import copy_context
from urllib.request import urlopen

import pytest
from flask import Flask, session
from werkzeug.serving import make_server

CELL = ("thread", "session", "lent")

greeted = threading.Event()
greetings: list[str] = []
threads: list[threading.Thread] = []

harbour = Flask("harbour")
harbour.secret_key = "harbour"


def greet() -> None:
    greetings.append(f"Ahoy {session['ship']}")  # LEAK FCX207 session
    greeted.set()


@harbour.get("/enter/<ship>")
def enter(ship: str):
    session["ship"] = ship
    threads.append(threading.Thread(target=copy_context().run, args=(greet,)))
    threads[-1].start()  # HANDOVER
    with urlopen(harbour.config["TIDE"], timeout=5) as answer:
        return answer.read().decode()


def tide(environ, start_response):
    greeted.wait(5)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"high tide"]


@pytest.fixture
def client():
    station = make_server("127.0.0.1", 0, tide)
    thread = threading.Thread(target=station.serve_forever)
    thread.start()
    harbour.config["TIDE"] = f"http://127.0.0.1:{station.server_port}/"
    yield harbour.test_client()
    station.shutdown()
    thread.join()
    station.server_close()
    for each in threads:
        each.join()


def test_ship_enters(client) -> None:
    """A ship is told the tide, and greeted meanwhile."""
    assert client.get("/enter/Fram").text == "high tide"
    assert greetings == ["Ahoy Fram"]
