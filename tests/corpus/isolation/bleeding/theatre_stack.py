"""A theatre that pushes who is asking onto a stack of its own and looks at the top in the view."""

from flask import Flask, request

HOLDER = "item `theatre_stack.asking[1]`"

asking = []


def top():
    return asking[-1]


def create_app():
    app = Flask(__name__)

    @app.before_request
    def push():
        asking.append(request.values["name"])

    @app.teardown_request
    def pop(error):
        if asking:
            asking.pop()

    @app.route("/seats/<row>", methods=["GET", "POST"])
    def seats(row):
        seat = f"{row}{len(row) + 3}"
        return f"{top()} sits in {seat}"

    return app


def visit(client, token):
    return client.post("/seats/f", data={"name": token})
