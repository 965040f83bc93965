"""A shop that writes each receipt into one text buffer, emptied first and read at the end."""

import csv
import io

from flask import Flask, request

HOLDER = "buffer `receipts_string_buffer.buffer`"

app = Flask(__name__)

buffer = io.StringIO()
writer = csv.writer(buffer)


def receipt(customer, items):
    buffer.seek(0)
    buffer.truncate()
    writer.writerow(["customer", customer])
    for name, price in items.items():
        writer.writerow([name, price])
    return buffer.getvalue()


@app.post("/receipts")
def make():
    order = request.get_json()
    text = receipt(order["customer"], order["items"])
    return app.response_class(text, mimetype="text/csv")


def visit(client, token):
    order = {"customer": token, "items": {"bread": "2.10", "milk": "1.05"}}
    return client.post("/receipts", json=order).get_data(as_text=True)
