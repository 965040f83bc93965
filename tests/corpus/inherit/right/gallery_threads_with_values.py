"""A pool's task starts a thread for each picture: what it needs it is given, or is its own request."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, copy_current_request_context, request

MUTANT = "any-bound"

app = Flask(__name__)
framers = ThreadPoolExecutor(max_workers=1)


def framed(work) -> str:
    plates = []
    thread = threading.Thread(target=work, args=(plates,))
    thread.start()
    thread.join()
    return plates[0]


@app.get("/pictures")
def pictures():
    picture = request.args["picture"]
    return framers.submit(framed, lambda plates: plates.append(picture)).result()


@app.get("/copies")
def copies():
    @copy_current_request_context
    def work(plates):
        plates.append(request.args["picture"])

    return framers.submit(framed, work).result()


@app.get("/inner")
def inner():
    def work(plates):
        with app.test_request_context(f"/?picture={path}"):
            plates.append(request.args["picture"])

    path = request.args["picture"]
    return framers.submit(framed, work).result()


@pytest.fixture(scope="module", autouse=True)
def _framers_home():
    yield
    framers.shutdown()


def test_pictures() -> None:
    """Each visitor gets the picture that was asked for."""
    for picture in ("dawn", "dusk"):
        for place in ("pictures", "copies", "inner"):
            assert app.test_client().get(f"/{place}?picture={picture}").text == picture
