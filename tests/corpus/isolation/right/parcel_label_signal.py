"""A parcel service whose labels are printed by a signal; the parcel is sent along with it."""

from blinker import Namespace
from flask import Flask, request

MUTANT = (
    (
        "answers = parcel_packed.send(parcel)",
        "app.parcel = parcel\n    answers = parcel_packed.send(app)",
    ),
    (
        "def print_label(parcel):\n",
        "def print_label(sender):\n    parcel = sender.parcel\n",
    ),
)

app = Flask(__name__)
signals = Namespace()
parcel_packed = signals.signal("parcel-packed")


class Parcel:
    def __init__(self, addressee, grams):
        self.addressee = addressee
        self.grams = grams


@parcel_packed.connect
def print_label(parcel):
    weight = f"{parcel.grams / 1000:.1f} kg"
    return f"To {parcel.addressee}, {weight}"


@app.post("/parcels")
def pack():
    parcel = Parcel(request.form["addressee"], int(request.form["grams"]))
    answers = parcel_packed.send(parcel)
    labels = [label for _, label in answers]
    return {"labels": labels}


def visit(client, token):
    return client.post("/parcels", data={"addressee": token, "grams": "1500"})
