"""A vault that compares the holder of the open box with the asker, and reads the box once more."""

from flask import Flask, jsonify, request

HOLDER = "item `vault_double_fetch.open_box['holder']`"

app = Flask(__name__)
app.testing = True

open_box = {"holder": None}


@app.post("/box")
def open_it():
    open_box["holder"] = request.form["holder"]
    return "", 204


@app.get("/box/<asker>")
def contents(asker):
    if open_box["holder"] != asker:
        return jsonify(asker=asker, error="Another box is open, please wait")
    drawer = len(asker) % 4
    return jsonify(drawer=drawer, papers=f"will of {open_box['holder']}")


def visit(client, token):
    client.post("/box", data={"holder": token})
    return client.get(f"/box/{token}")
