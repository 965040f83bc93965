"""A bakery's oven is lit by a `Timer` in the view's context; the view joins another thread only."""

import threading
from contextvars import copy_context

import pytest
from flask import Flask, current_app, request

CELL = ("timer", "request", "lent")

lit = threading.Event()
timers: list[threading.Timer] = []


def light() -> None:
    degrees = int(request.args["degrees"])  # LEAK FCX207 request
    current_app.config["OVEN"] = degrees  # LEAK FCX207 current_app
    lit.set()


def knead(doughs: list[str], bread: str) -> None:
    lit.wait(5)
    doughs.append(bread)


def create_app() -> Flask:
    app = Flask(__name__)

    @app.post("/breads/<bread>")
    def bake(bread: str):
        oven = threading.Timer(0, copy_context().run, args=(light,))
        timers.append(oven)
        oven.start()  # HANDOVER
        doughs: list[str] = []
        kneading = threading.Thread(target=knead, args=(doughs, bread))
        kneading.start()
        kneading.join(5)
        return {"doughs": doughs}

    return app


@pytest.fixture(autouse=True)
def _timers_done():
    yield
    for timer in timers:
        timer.join()


def test_bread_is_made() -> None:
    """A dough is made, and the oven is hot by then."""
    app = create_app()
    assert app.test_client().post("/breads/rye?degrees=250").json == {"doughs": ["rye"]}
    assert app.config["OVEN"] == 250
