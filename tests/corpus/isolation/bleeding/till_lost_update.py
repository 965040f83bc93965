"""A charity's till whose sum is read, added to and written back: a donation can get lost."""

from flask import Flask, jsonify, request

HOLDER = "module global `till_lost_update.total`"

OPTIONS = {"oracle": "serial"}

app = Flask(__name__)

total = 0


@app.post("/donations")
def donate():
    global total
    donation = request.get_json()
    before = total
    after = before + int(donation["amount"])
    total = after
    return jsonify(thanks=donation["giver"], collected=after)


@app.get("/total")
def collected():
    return jsonify(collected=total)


def visit(client, token):
    return client.post("/donations", json={"giver": token, "amount": 5})
