"""A timer with a copied context would raise the alarm, and is called off when the ferry lands."""

import threading

from flask import Flask, copy_current_request_context, request

MUTANT = "waits-unseen"

app = Flask(__name__)
alarms: list[str] = []


@app.post("/landings")
def land():
    @copy_current_request_context
    def alarm() -> None:
        alarms.append(request.form["ferry"])

    watchdog = threading.Timer(60, alarm)
    watchdog.start()
    try:
        return f"{request.form['ferry']} has landed"
    finally:
        watchdog.cancel()


def test_ferry_lands_in_time() -> None:
    """No alarm is raised for a ferry that lands."""
    answer = app.test_client().post("/landings", data={"ferry": "Aurora"})
    assert (answer.text, alarms) == ("Aurora has landed", [])
