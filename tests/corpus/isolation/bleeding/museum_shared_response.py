"""A museum gate that answers with one ready-made Response and sets the visitor's header on it."""

from flask import Flask, Response, request

HOLDER = "instance attribute `museum_shared_response.admitted.headers`"

app = Flask(__name__)

admitted = Response("Please go in", mimetype="text/plain")


def valid(pass_number):
    return pass_number.isalnum() and len(pass_number) >= 8


@app.post("/gate")
def gate():
    pass_number = request.form["pass"]
    if not valid(pass_number):
        return "No such pass", 404
    admitted.headers["X-Admitted"] = pass_number
    return admitted


def visit(client, token):
    return client.post("/gate", data={"pass": token})
