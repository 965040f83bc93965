"""A bank statement whose lines pile up in a default argument from call to call."""

from flask import Flask, jsonify, request

HOLDER = "default argument `lines` of `bank_mutable_default.add_line`"


def add_line(text, amount, lines=[]):
    lines.append({"text": text, "amount": amount})
    return lines


def create_app():
    app = Flask(__name__)
    app.testing = True

    @app.post("/statement")
    def statement():
        payment = request.get_json()
        lines = add_line(payment["reference"], payment["amount"])
        total = sum(line["amount"] for line in lines)
        return jsonify(lines=lines, total=total)

    return app


def visit(client, token):
    return client.post("/statement", json={"reference": f"rent {token}", "amount": 700})
