"""An opera's view fails, and what its error holds stays in a cycle until it is collected."""

import gc

import pytest
from flask import Flask, abort, request

MUTANT = "still-there"

opera = Flask(__name__)


@opera.get("/seat/<int:number>")
def seat(number: int):
    if number > 500:
        abort(404, request.path)
    return {"seat": number}


@pytest.fixture(autouse=True)
def uncollected():
    enabled = gc.isenabled()
    gc.disable()
    yield
    if enabled:
        gc.enable()


def test_no_such_seat() -> None:
    """There is no seat beyond the last one, nor a page of another name."""
    client = opera.test_client()
    assert client.get("/seat/501").status_code == 404
    assert client.get("/stall/1").status_code == 404
