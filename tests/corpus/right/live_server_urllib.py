"""Werkzeug's server serves the app in a thread of its own, and the test asks it over HTTP."""

import json
import threading
import urllib.request

import pytest
from flask import Flask, current_app, g, request
from werkzeug.serving import make_server

MUTANT = "live-server"


@pytest.fixture(scope="module")
def live_url():
    app = Flask(__name__)

    @app.before_request
    def count() -> None:
        g.length = request.content_length

    @app.post("/echo/<word>")
    def echo(word: str):
        data = request.get_json()
        return {"word": word, "data": data, "length": g.length, "app": current_app.name}

    server = make_server("127.0.0.1", 0, app)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_echo_over_http(live_url: str) -> None:
    """What is posted over HTTP comes back."""
    call = urllib.request.Request(
        f"{live_url}/echo/hi", data=b"[1, 2]", headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(call, timeout=5) as answer:
        assert json.load(answer) == {"word": "hi", "data": [1, 2], "length": 6, "app": __name__}
