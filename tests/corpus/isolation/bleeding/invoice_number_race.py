"""Invoices numbered by how many there are, appended afterwards, so that two can get one number."""

from flask import Flask, jsonify, request

HOLDER = "item `invoice_number_race.invoices[1]`"

OPTIONS = {"oracle": "serial"}

invoices = []


def create_app():
    app = Flask(__name__)

    @app.post("/invoices")
    def write():
        customer = request.form["customer"]
        number = f"INV-{len(invoices) + 1:04}"
        invoices.append({"number": number, "customer": customer})
        return jsonify(number=number, customer=customer)

    return app


def visit(client, token):
    return client.post("/invoices", data={"customer": token})
