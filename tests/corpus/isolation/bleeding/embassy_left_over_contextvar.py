"""An embassy that binds its guest to a context variable and never unbinds it: the thread keeps it."""

from contextvars import ContextVar

from flask import Flask, request

HOLDER = "context variable `embassy_left_over_contextvar.guest`"

app = Flask(__name__)
guest = ContextVar("guest", default="nobody")


@app.before_request
def announce():
    if "X-Guest" in request.headers:
        guest.set(request.headers["X-Guest"])


@app.get("/reception")
def reception():
    room = "the blue room" if request.args.get("late") else "the hall"
    return f"{guest.get()} is in {room}"


def announced(client, token):
    return client.get("/reception", headers={"X-Guest": token})


def unannounced(client, token):
    return client.get("/reception?late=1")


VISITS = (announced, unannounced)
