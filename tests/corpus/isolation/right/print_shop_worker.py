"""A print shop with one worker thread: each job carries its own future for the answer."""

import queue
import threading
from concurrent.futures import Future

from flask import Flask, request

MUTANT = (
    ("    done = Future()", "    app.done = done = Future()"),
    ("poster = done.result(", "poster = app.done.result("),
)

app = Flask(__name__)
jobs = queue.Queue()


def work():
    while True:
        name, done = jobs.get()
        done.set_result(f"*** {name} ***")


threading.Thread(target=work, name="printer", daemon=True).start()


@app.post("/posters")
def order():
    name = request.form["name"]
    if len(name) > 40:
        return "Too long for a poster", 400
    done = Future()
    jobs.put((name, done))
    poster = done.result(timeout=30)
    return poster


def visit(client, token):
    return client.post("/posters", data={"name": token})
