"""A choir's enrolment reads its form in a thread, to which the blueprint gave a copied context."""

import threading

import pytest
from flask import Blueprint, Flask, copy_current_request_context, request

CELL = ("thread", "body", "no-error")

answered = threading.Event()
enrolled: list[str] = []
threads: list[threading.Thread] = []
choir = Blueprint("choir", __name__, url_prefix="/choir")


class Enrolment:
    """Puts a singer on the list; what it needs of them, it asks the form."""

    def __init__(self, voices: list[str]) -> None:
        self.voices = voices

    def __call__(self) -> None:
        answered.wait(5)
        voice = request.form["voice"]  # LEAK FCX201 request
        if voice in self.voices:
            enrolled.append(f"{request.form['name']}, {voice}")


@choir.post("/<piece>")
def enrol(piece: str):
    enrolment = Enrolment(["alto", "bass"])

    @copy_current_request_context
    def run() -> None:
        enrolment()

    thread = threading.Thread(target=run, name=f"enrol-{piece}")
    threads.append(thread)
    thread.start()  # HANDOVER
    return "Welcome"


@pytest.fixture
def client():
    app = Flask(__name__)
    app.register_blueprint(choir)
    yield app.test_client()
    answered.set()
    for thread in threads:
        thread.join()


def test_singer_is_enrolled(client) -> None:
    """Who sends the form is on the list."""
    assert client.post("/choir/Messiah", data={"name": "Ida", "voice": "alto"}).text == "Welcome"
    answered.set()
    threads[0].join(5)
    assert enrolled == ["Ida, alto"]
