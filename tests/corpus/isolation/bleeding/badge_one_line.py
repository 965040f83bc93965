"""A conference badge printed by one line that updates a shared dict and formats it right away."""

from flask import Flask, request

HOLDER = "item `badge_one_line.badge['name']`"

BADGE = "{event}\n{name}\n{role}"

app = Flask(__name__)

badge = {"event": "PyDays", "name": "", "role": "guest"}


@app.errorhandler(400)
def no_name(error):
    return "A badge needs a name", 400


@app.post("/badges")
def print_badge():
    name = request.form["name"]
    return BADGE.format(**(badge.update(name=name) or badge))


def visit(client, token):
    return client.post("/badges", data={"name": token})
