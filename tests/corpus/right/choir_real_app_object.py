"""A thread sings with the real app, its method and its config; none of them ends with the request."""

import threading

import pytest
from flask import Flask, current_app

MUTANT = "any-object"

sung: list[str] = []


def sing(app: Flask, name_of) -> None:
    with app.app_context():
        sung.append(f"{name_of('x')} {current_app.config['SONG']}")


@pytest.fixture
def app():
    app = Flask(__name__)
    app.config["SONG"] = "Kyrie"

    @app.get("/rehearsal")
    def rehearse():
        choir = current_app._get_current_object()
        arguments = (choir, choir.auto_find_instance_path and str.upper)
        threading.Thread(target=sing, args=arguments, name="choir").start()
        return "listen"

    yield app
    for thread in threading.enumerate():
        if thread.name == "choir":
            thread.join()
    assert sung == ["X Kyrie"]


def test_rehearsal_is_heard(app) -> None:
    """Visitors are asked to listen."""
    assert app.test_client().get("/rehearsal").text == "listen"
