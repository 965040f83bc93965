"""A threaded live server serves several visitors at once, each request in a thread of its own."""

import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, request
from flask.globals import request_ctx
from werkzeug.serving import WSGIRequestHandler, make_server

MUTANT = "live-server"

together = threading.Barrier(3)


class QuietHandler(WSGIRequestHandler):
    def log_request(self, *args: object) -> None:
        """Log nothing."""


@pytest.fixture
def server():
    app = Flask(__name__)

    @app.get("/meet/<name>")
    def meet(name: str):
        together.wait(5)
        return f"{name} {request.args['age']} {request_ctx.request.endpoint}"

    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=QuietHandler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def visit(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as answer:
        return answer.read().decode()


def test_visitors_meet(server) -> None:
    """Three visitors are served at the same time, each with their own data."""
    base = f"http://127.0.0.1:{server.server_port}/meet"
    urls = [f"{base}/ada?age=36", f"{base}/bob?age=7", f"{base}/cy?age=50"]
    with ThreadPoolExecutor(max_workers=3) as browsers:
        answers = list(browsers.map(visit, urls))
    assert answers == ["ada 36 meet", "bob 7 meet", "cy 50 meet"]
