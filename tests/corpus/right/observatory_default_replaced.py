"""A helper has `request` as a default for calls in a view; the thread is given a value instead."""

import threading

import pytest
from flask import Flask, request

MUTANT = "proxy-in-scope"

noted: list[str] = []


def note(star: str, source=request) -> None:
    noted.append(f"{star} from {getattr(source, 'remote_addr', source)}")


@pytest.fixture
def client():
    app = Flask(__name__)

    @app.post("/stars/<star>")
    def see(star: str):
        note(star)
        thread = threading.Thread(target=note, args=(star,), kwargs={"source": "thread"})
        thread.start()
        thread.join()
        return {"noted": noted}

    return app.test_client()


def test_both_are_noted(client) -> None:
    """The view's note names the address, the thread's what it was given."""
    assert client.post("/stars/Vega").json["noted"] == ["Vega from 127.0.0.1", "Vega from thread"]
