"""A timer reads the language of a request that was answered long ago."""

import threading

from flask import Flask, request

CELL = ("timer", "request", "dead-context")

reminders: list[str] = []
timers: list[threading.Timer] = []
answered = threading.Event()

app = Flask(__name__)


def remind(name: str) -> None:
    answered.wait(5)
    reminders.append(f"{request.accept_languages.best or 'en'}: {name}")  # LEAK FCX201 request


@app.post("/remind/<name>")
def remind_later(name: str):
    timers.append(threading.Timer(0, remind, args=[name]))
    timers[-1].start()  # HANDOVER
    return "later", 202


def test_reminder_is_sent() -> None:
    """A reminder comes after the answer."""
    assert app.test_client().post("/remind/dentist").text == "later"
    answered.set()
    timers[0].join()
    assert reminders == ["en: dentist"]
