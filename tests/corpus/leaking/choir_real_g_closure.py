"""Notes hang on `g`, and the lambda that a thread sings closes over the real object."""

import threading

from flask import Flask, g

CELL = ("thread", "g", "real-object")

app = Flask(__name__)
sung: list[str] = []


@app.before_request
def take_scores() -> None:
    g.score = ["do", "re", "mi"]


@app.get("/rehearsal")
def rehearse():
    stand = g._get_current_object()
    voice = threading.Thread(target=lambda: sung.extend(stand.score))
    voice.start()  # HANDOVER  # LEAK FCX206 g
    return f"{len(stand.score)} notes"


def test_rehearsal_has_three_notes() -> None:
    """All notes are on the stand when the rehearsal begins."""
    assert app.test_client().get("/rehearsal").text == "3 notes"
