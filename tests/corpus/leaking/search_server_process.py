"""A server in a process of its own indexes what is searched for, in a thread that has no request."""

import multiprocessing
import threading
from urllib.request import urlopen

import pytest
from flask import Flask, request
from werkzeug.serving import make_server

if "fork" not in multiprocessing.get_all_start_methods():
    pytest.skip("processes are not forked here", allow_module_level=True)

CELL = ("thread-in-process", "request", "printed")

app = Flask(__name__)


def remember() -> None:
    print("searched for", request.args["word"])  # LEAK FCX101 request


@app.get("/search")
def search():
    remembering = threading.Thread(target=remember)
    remembering.start()  # HANDOVER
    remembering.join()
    return request.args["word"].upper()


def serve(ports) -> None:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    ports.put(server.port)
    server.serve_forever()


@pytest.fixture(scope="module")
def address():
    forked = multiprocessing.get_context("fork")
    ports = forked.Queue()
    server = forked.Process(target=serve, args=(ports,), daemon=True)
    server.start()
    yield f"http://127.0.0.1:{ports.get()}"
    server.terminate()
    server.join()


def test_search(address) -> None:
    """A word is found."""
    with urlopen(f"{address}/search?word=tea") as answer:
        assert answer.read() == b"TEA"
