"""An office door whose badge lies in a thread-local that every request sets before reading."""

import threading

from flask import Flask, request

MUTANT = (
    'request.headers.get("X-Badge", "visitor")',
    'request.headers.get("X-Badge", getattr(door, "badge", "visitor"))',
)

door = threading.local()


def greeting():
    return f"Welcome, {door.badge}"


def create_app():
    app = Flask(__name__)

    @app.before_request
    def read_badge():
        door.badge = request.headers.get("X-Badge", "visitor")

    @app.get("/door")
    def enter():
        if door.badge == "visitor":
            return greeting() + ", please sign in at the desk"
        return greeting()

    return app


def visit(client, token):
    before = client.get("/door")
    return before, client.get("/door", headers={"X-Badge": token})
