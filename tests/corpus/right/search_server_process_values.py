"""A live server runs in a forked process; what its views hand to a thread is a value."""

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from urllib.request import urlopen

import pytest
from flask import Flask, current_app, request
from werkzeug.serving import make_server

if "fork" not in multiprocessing.get_all_start_methods():
    pytest.skip("processes are not forked here", allow_module_level=True)

MUTANT = "child-contexts"


def create_app() -> Flask:
    app = Flask("search")
    threads = ThreadPoolExecutor(max_workers=1)

    @app.get("/search")
    def search():
        word = threads.submit(str.upper, request.args["word"]).result()
        return f"{current_app.name}: {word}"

    return app


def serve(app: Flask, ports) -> None:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    ports.put(server.port)
    server.serve_forever()


@pytest.fixture
def address():
    app, forked = create_app(), multiprocessing.get_context("fork")
    ports = forked.Queue()
    # As a suite does that pushes a request context around each of its tests.
    with app.test_request_context("/"):
        server = forked.Process(target=serve, args=(app, ports), daemon=True)
        server.start()
        yield f"http://127.0.0.1:{ports.get()}"
    server.terminate()
    server.join()


def test_search(address) -> None:
    """Two searches, two answers."""
    for word in ("tea", "milk"):
        with urlopen(f"{address}/search?word={word}") as answer:
            assert answer.read().decode() == f"search: {word.upper()}"
