"""A garage's four wheels are checked by threads under the view's context; a barrier joins them."""

import threading
from contextvars import copy_context

import pytest
from flask import Flask, request

MUTANT = "any-bound"

WHEELS = ("fl", "fr", "rl", "rr")
mechanics: list[threading.Thread] = []
app = Flask(__name__)


def check(wheel: str, low: list[str], done: threading.Barrier) -> None:
    if request.args.get(wheel, type=float) < 2.0:
        low.append(wheel)
    done.wait(5)


@app.get("/pressure")
def pressure():
    low: list[str] = []
    done = threading.Barrier(len(WHEELS) + 1)
    for wheel in WHEELS:
        mechanic = threading.Thread(target=copy_context().run, args=(check, wheel, low, done))
        mechanics.append(mechanic)
        mechanic.start()
    done.wait(5)
    return sorted(low)


@pytest.fixture(scope="module", autouse=True)
def _mechanics_done():
    yield
    for mechanic in mechanics:
        mechanic.join()


def test_low_wheels_are_found() -> None:
    """The view answers when all four were checked."""
    assert app.test_client().get("/pressure?fl=2.1&fr=1.8&rl=2.2&rr=1.7").json == ["fr", "rr"]
