"""A chat relay calls `copy_current_request_context` in its thread, where there is none to copy."""

import logging
import threading

import flask
from flask import Flask

CELL = ("thread", "copy_current_request_context", "logged")

log = logging.getLogger("chat")


class Relay(threading.Thread):
    """Passes one message on to everybody in the room."""

    def __init__(self, room: list[str], text: str) -> None:
        super().__init__(daemon=True)
        self.room = room
        self.text = text

    def run(self) -> None:
        try:
            relay = flask.copy_current_request_context(  # LEAK FCX101 copy_current_request_context
                self.room.append
            )
            relay(self.text)
        except Exception:
            log.exception("message lost")


def create_app(room: list[str]) -> Flask:
    app = Flask(__name__)

    @app.post("/say/<text>")
    def say(text: str):
        Relay(room, text).start()  # HANDOVER
        return "said"

    return app


def test_saying_something() -> None:
    """What is said is confirmed."""
    assert create_app([]).test_client().post("/say/hello").text == "said"
