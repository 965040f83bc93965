"""A land registry whose parcels take a lock to tell their hash, and which counts under another."""

import threading

from flask import Flask, jsonify

OPTIONS = {"oracle": "serial"}
MUTANT = ("with counting:", "if parcels is not None:")

app = Flask(__name__)
counting = threading.Lock()
parcels = {}


class Parcel:
    hashing = threading.Lock()

    def __init__(self, name):
        self.name = name

    def __hash__(self):
        with Parcel.hashing:
            return hash(self.name)

    def __eq__(self, other):
        return self.name == other.name


@app.post("/parcels/<name>/surveys")
def survey(name):
    parcel = Parcel("common")
    with counting:
        surveys = parcels.get(parcel, 0)
        surveys += 1
        parcels[parcel] = surveys
    return jsonify(name=name, surveys=surveys)


def visit(client, token):
    return client.post(f"/parcels/{token}/surveys")
