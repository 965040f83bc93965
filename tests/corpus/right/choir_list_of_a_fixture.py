"""A choir's fixture collects the requests of its tests, as Flask's own documentation shows."""

import pytest
from flask import Flask, request, request_started

MUTANT = "still-there"

choir = Flask(__name__)


@choir.get("/voice/<name>")
def voice(name: str):
    return name


@pytest.fixture(scope="module")
def requests():
    seen = []

    def note(sender: Flask, **_more: object) -> None:
        seen.append(request._get_current_object())

    with request_started.connected_to(note, choir):
        yield seen


@pytest.mark.parametrize("name", ["alto", "tenor"])
def test_voices(requests, name: str) -> None:
    """Each voice is asked for by its path."""
    choir.test_client().get(f"/voice/{name}")
    assert requests[-1].path == f"/voice/{name}"
