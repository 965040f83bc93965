"""A gym that keeps the `g` of the latest request on the module, for helpers without a context."""

from flask import Flask, g, request

HOLDER = "module global `gym_saved_g.request_data`"

app = Flask(__name__)
app.testing = True

request_data = None


@app.before_request
def open_request():
    global request_data
    g.member = request.args.get("member", "")
    request_data = g._get_current_object()


def card_line():
    return f"Member card of {request_data.member}"


@app.get("/courses/<course>")
def book(course):
    lines = [f"Booked: {course}"]
    lines.append(card_line())
    return "\n".join(lines), {"Content-Type": "text/plain"}


def visit(client, token):
    return client.get("/courses/yoga", query_string={"member": token})
