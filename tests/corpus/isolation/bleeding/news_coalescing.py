"""A news site that lets simultaneous requests for a digest share one answer, whoever is asking."""

import threading
from concurrent.futures import Future

from flask import Flask, request

HOLDER = "item `news_coalescing.in_flight['morning']`"

app = Flask(__name__)
app.testing = True

in_flight = {}
table_lock = threading.Lock()


def compose(edition, subscriber):
    topics = ["city", "sport"] if edition == "morning" else ["world"]
    return f"Dear {subscriber}, your {edition} topics: {' and '.join(topics)}"


def digest(edition, subscriber):
    with table_lock:
        running = in_flight.get(edition)
        if running is None:
            mine = in_flight[edition] = Future()
    if running is not None:
        return running.result(timeout=5)
    try:
        mine.set_result(compose(edition, subscriber))
    finally:
        with table_lock:
            del in_flight[edition]
    return mine.result()


@app.get("/digest/<edition>")
def show(edition):
    return digest(edition, request.args["subscriber"])


def visit(client, token):
    return client.get("/digest/morning", query_string={"subscriber": token})
