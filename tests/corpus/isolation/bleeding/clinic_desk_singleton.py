"""A clinic whose one reception desk object remembers the patient between two method calls."""

from flask import Flask, jsonify, request

HOLDER = "instance attribute `clinic_desk_singleton.desk.patient`"


class Desk:
    def __init__(self):
        self.patient = None
        self.rooms = ("A1", "A2", "B1")

    def admit(self, patient):
        self.patient = patient

    def slip(self):
        room = self.rooms[len(self.patient) % len(self.rooms)]
        return {"patient": self.patient, "room": room}


desk = Desk()


def create_app():
    app = Flask(__name__)

    @app.put("/patients/<patient>")
    def arrive(patient):
        desk.admit(patient)
        urgency = request.args.get("urgency", "normal")
        slip = desk.slip()
        return jsonify(slip, {"urgency": urgency})

    return app


def visit(client, token):
    return client.put(f"/patients/{token}?urgency=high")
