"""Tasks run in copies of the context variables, and what they push ends with the copy."""

import contextvars
from concurrent.futures import ThreadPoolExecutor

from flask import Flask, current_app

MUTANT = "worker-has"

app = Flask(__name__)
app.config["YEAR"] = 2026


def press(grape: str) -> str:
    app.app_context().push()
    return f"{grape} {current_app.config['YEAR']}"


def test_grapes_are_pressed() -> None:
    """Each grape is pressed in a copy of its own."""
    with ThreadPoolExecutor(max_workers=2) as presses:
        wines = [
            presses.submit(contextvars.Context().run, press, grape)
            for grape in ("Riesling", "Silvaner")
        ]
        assert [wine.result() for wine in wines] == ["Riesling 2026", "Silvaner 2026"]
