"""A session of the app's own, a plain dictionary, is changed by a receiver of `request_finished`."""

import json

from flask import Flask, request_finished, session
from flask.sessions import SessionInterface, SessionMixin

CELL = ("signal", "session", "lost-write")


class ParcelSession(dict, SessionMixin):
    """What a sender has in hand."""


class JsonSessions(SessionInterface):
    """Sessions as JSON texts in a dictionary."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}

    def open_session(self, app, request):
        return ParcelSession(json.loads(self.texts.get(request.headers["X-Sender"], "{}")))

    def save_session(self, app, session, response) -> None:
        self.texts[session["sender"]] = json.dumps(session)


app = Flask(__name__)
app.session_interface = JsonSessions()


@request_finished.connect_via(app)
def count(sender: Flask, response, **extra: object) -> None:
    session["answers"] = session.get("answers", 0) + 1


@app.post("/parcels/<sender>")
def send(sender: str):
    session["sender"] = sender
    return {"parcels": session.setdefault("parcels", 1)}


def test_sender_sends_a_parcel() -> None:
    """A parcel is booked for its sender."""
    client = app.test_client()
    answer = client.post("/parcels/ada", headers={"X-Sender": "ada"})  # LEAK FCX205 session
    assert answer.json == {"parcels": 1}
