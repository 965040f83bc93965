"""An insurer that computes a quote once for all who ask for it meanwhile, by customer."""

import threading
import time
from concurrent.futures import Future

from flask import Flask, jsonify, request

MUTANT = ('key = ("quote", customer)', 'key = ("quote", request.path)')

app = Flask(__name__)
flights = {}
flights_lock = threading.Lock()


def compute_quote(customer):
    time.sleep(0.001)
    return {"customer": customer, "premium": 120 + len(customer)}


@app.get("/quote")
def quote():
    customer = request.args["customer"]
    key = ("quote", customer)
    with flights_lock:
        flight = flights.get(key)
        leading = flight is None
        if leading:
            flight = flights[key] = Future()
    if leading:
        try:
            flight.set_result(compute_quote(customer))
        except Exception as error:
            flight.set_exception(error)
        with flights_lock:
            del flights[key]
    return jsonify(flight.result(timeout=30))


def visit(client, token):
    return client.get("/quote", query_string={"customer": token})
