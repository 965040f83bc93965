"""Analytics with a cache of one report: its key is checked first, its rows are taken later."""

from flask import Flask, jsonify, request

HOLDER = "item `analytics_single_slot_cache.cache['rows']`"

app = Flask(__name__)

cache = {"account": None, "rows": []}


def query(account):
    return [f"{account}: {visits} visits on {page}" for page, visits in (("/", 10), ("/faq", 3))]


def report(account):
    if cache["account"] != account:
        rows = query(account)
        cache["account"] = account
        cache["rows"] = rows
    app.logger.debug("report for %s is ready", account)
    return cache["rows"]


@app.post("/reports")
def reports():
    rows = report(request.get_json()["account"])
    return jsonify(rows=rows, count=len(rows))


def visit(client, token):
    first = client.post("/reports", json={"account": token})
    again = client.post("/reports", json={"account": token})
    return first, again
