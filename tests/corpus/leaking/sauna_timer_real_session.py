"""A sauna's timer ends the visit in the session object that the view handed on."""

import threading

from flask import Flask, session

CELL = ("timer", "session", "lost-write")


class Sauna:
    """Counts visits; each ends by itself."""

    def __init__(self) -> None:
        self.left = threading.Event()
        self.timers: list[threading.Timer] = []

    def enter(self, visit) -> None:
        timer = threading.Timer(0, self.leave, kwargs={"visit": visit})
        self.timers.append(timer)
        timer.start()  # HANDOVER

    def leave(self, visit) -> None:
        self.left.wait(5)
        del visit["inside"]  # LEAK FCX205 session


def create_app(sauna: Sauna) -> Flask:
    app = Flask(__name__)
    app.secret_key = "sauna"

    @app.route("/visit", methods=["PUT"])
    def visit():
        session["inside"] = True
        sauna.enter(session._get_current_object())
        return "", 204

    @app.route("/visit")
    def show():
        return {"inside": "inside" in session}

    return app


def test_guest_is_inside() -> None:
    """Who has come in is inside."""
    sauna = Sauna()
    client = create_app(sauna).test_client()
    assert client.put("/visit").status_code == 204
    sauna.left.set()
    sauna.timers[0].join()
    assert client.get("/visit").json == {"inside": True}
