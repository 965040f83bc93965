"""A clinic's test builds a URL in a request context of its own, and sends its request in there too."""

from flask import Flask, url_for

CELL = ("test_request_context", "none", "outlives-request")

clinic = Flask(__name__)


@clinic.get("/patient/<int:number>/visits")
def visits(number: int):
    return {"patient": number, "visits": []}


def test_visits_of_a_patient() -> None:
    """A new patient has no visits."""
    with clinic.test_request_context():  # LEAK FCX303 none
        answer = clinic.test_client().get(url_for("visits", number=3))
    assert answer.json == {"patient": 3, "visits": []}
