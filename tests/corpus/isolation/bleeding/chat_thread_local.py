"""A chat that keeps a request's speakers in a thread-local, which a reused thread still has."""

import threading

from flask import Flask, jsonify, request

HOLDER = "thread-local `chat_thread_local.local.speakers`"

local = threading.local()


def speakers():
    if not hasattr(local, "speakers"):
        local.speakers = []
    return local.speakers


def create_app():
    app = Flask(__name__)

    @app.before_request
    def note_speaker():
        speakers().append(request.headers["X-Nick"])

    @app.post("/rooms/<room>")
    def say(room):
        text = request.get_data(as_text=True)
        return jsonify(room=room, text=text, speakers=speakers())

    return app


def visit(client, token):
    return client.post("/rooms/lobby", data="hi all", headers={"X-Nick": token})
