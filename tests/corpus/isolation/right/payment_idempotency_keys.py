"""Payments that are made once per idempotency key, by one atomic `dict.setdefault`."""

from flask import Flask, jsonify, request

MUTANT = ('request.headers["Idempotency-Key"]', 'f"{request.method} {request.path}"')

app = Flask(__name__)
receipts = {}


@app.post("/payments")
def pay():
    key = request.headers["Idempotency-Key"]
    cents = int(request.form["cents"])
    if cents <= 0:
        return jsonify(error="nothing to pay"), 400
    made = {"payer": request.form["payer"], "cents": cents}
    receipt = receipts.setdefault(key, made)
    status = "paid" if receipt is made else "paid before"
    return jsonify(status=status, receipt=receipt)


def visit(client, token):
    form = {"payer": token, "cents": "990"}
    headers = {"Idempotency-Key": f"pay-{token}"}
    first = client.post("/payments", data=form, headers=headers)
    return first, client.post("/payments", data=form, headers=headers)
