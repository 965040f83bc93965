"""A trip planner that memoizes by the request object, in a weak dictionary."""

import weakref

from flask import Flask, current_app, request

MUTANT = ("request._get_current_object()", "current_app._get_current_object()")

app = Flask(__name__)
app.config["CARRIER"] = "Night Rail"
memo = weakref.WeakKeyDictionary()


def itinerary():
    this = request._get_current_object()
    if this not in memo:
        memo[this] = {"traveller": request.args["traveller"], "legs": []}
    return memo[this]


@app.before_request
def plan_first_leg():
    itinerary()["legs"].append(("Bern", "Milan"))


@app.get("/trip")
def trip():
    plan = itinerary()
    plan["legs"].append(("Milan", "Bari"))
    return {
        "carrier": current_app.config["CARRIER"],
        "traveller": plan["traveller"],
        "legs": len(plan["legs"]),
    }


def visit(client, token):
    return client.get("/trip", query_string={"traveller": token})
