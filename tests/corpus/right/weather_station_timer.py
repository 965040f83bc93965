"""A timer measures once, in a context that nobody pops: its thread is over then."""

import threading

from flask import Flask, current_app

MUTANT = "worker-has"

app = Flask(__name__)
app.config["UNIT"] = "hPa"
measured: list[str] = []


def measure() -> None:
    app.test_request_context("/pressure").push()
    measured.append(f"1013 {current_app.config['UNIT']}")


@app.post("/measurements")
def later():
    timer = threading.Timer(0, measure)
    timer.start()
    timer.join()
    return measured[-1], 202


def test_pressure_is_measured() -> None:
    """The measurement comes with its unit."""
    assert app.test_client().post("/measurements").text == "1013 hPa"
