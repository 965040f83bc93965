"""A guestbook that everybody signs and reads; the thanks are taken from one's own request."""

import threading

from flask import Flask, jsonify, request

OPTIONS = {"shared": "$.entries"}
MUTANT = ('thanks=entry["name"]', 'thanks=entries[-1]["name"]')

app = Flask(__name__)
entries = []
entries_lock = threading.Lock()


@app.post("/sign")
def sign():
    entry = {"name": request.form["name"], "text": request.form.get("text", "Hello!")}
    with entries_lock:
        entries.append(entry)
        page = list(entries)
    return jsonify(thanks=entry["name"], entries=page)


@app.get("/entries")
def read():
    with entries_lock:
        page = list(entries)
    return jsonify(entries=page)


def visit(client, token):
    signed = client.post("/sign", data={"name": token})
    return signed, client.get("/entries")
