"""A tram keeps notes on requests for as long as they are there, and the numbers of all of them."""

from weakref import WeakKeyDictionary

from flask import Flask, Request, request

MUTANT = "state-grows"

tram = Flask(__name__)
notes: WeakKeyDictionary[Request, str] = WeakKeyDictionary()
numbers: list[int] = []


@tram.before_request
def note() -> None:
    served = request._get_current_object()
    notes[served] = f"stop {request.path}"
    numbers.append(id(served))


@tram.get("/stop/<name>")
def stop(name: str):
    return notes[request._get_current_object()]


def test_stops() -> None:
    """Each request has its note, and leaves nothing behind but its number."""
    client = tram.test_client()
    assert client.get("/stop/harbour").text == "stop /stop/harbour"
    assert len(numbers) == 1
