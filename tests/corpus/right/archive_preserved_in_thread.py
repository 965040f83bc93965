"""An archive's test visits it in two threads, each with a client of its own that keeps its context."""

import threading

from flask import Flask, get_flashed_messages, flash, session

MUTANT = "body-as-app"

app = Flask(__name__)
app.secret_key = "archive"


@app.get("/maps/<name>")
def show(name: str):
    session["map"] = name
    flash(f"{name} is fragile.")
    return {"map": name}


def test_two_readers() -> None:
    """Each reader is warned of the map that they asked for."""
    warned: dict[str, list[str]] = {}

    def read(name: str) -> None:
        with app.test_client() as client:
            client.get(f"/maps/{name}")
            warned[name] = get_flashed_messages()
            assert session.pop("map") == name

    readers = [threading.Thread(target=read, args=(name,)) for name in ("Alps", "Tatra")]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert warned == {"Alps": ["Alps is fragile."], "Tatra": ["Tatra is fragile."]}
