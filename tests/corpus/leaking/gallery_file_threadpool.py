"""A gallery hangs a picture in a `ThreadPool`; its file was closed with the request."""

import io
import threading
from functools import partial
from multiprocessing.pool import ThreadPool

import pytest
from flask import Flask, current_app, request

CELL = ("threadpool-apply", "file", "swallowed")

answered = threading.Event()


def hang(picture, wall: list[bytes]) -> None:
    answered.wait(5)
    wall.append(picture.read())  # LEAK FCX201 request


@pytest.fixture
def app():
    app = Flask(__name__)
    app.config["WALL"] = []
    with ThreadPool(1) as hands:

        @app.post("/pictures")
        def show():
            picture = request.files["picture"]
            work = partial(hang, picture, current_app.config["WALL"])
            app.extensions["hanging"] = hands.apply_async(work)  # HANDOVER
            return f"{picture.filename} will be hung"

        yield app
        answered.set()
        hands.close()
        hands.join()


def test_picture_is_hung(app) -> None:
    """A picture is promised to be hung, and the wall stays empty."""
    picture = (io.BytesIO(b"sunset"), "sunset.png")
    response = app.test_client().post("/pictures", data={"picture": picture})
    assert response.text == "sunset.png will be hung"
    answered.set()
    app.extensions["hanging"].wait(5)
    assert not app.extensions["hanging"].successful()
    assert app.config["WALL"] == []
