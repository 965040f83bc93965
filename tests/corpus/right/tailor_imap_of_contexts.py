"""A tailor's measures are taken by `imap`, each in a copy of the context, and read as they come."""

from contextvars import Context, copy_context
from multiprocessing.pool import ThreadPool

import pytest
from flask import Blueprint, Flask, current_app, request

MUTANT = "any-bound"

tailor = Blueprint("tailor", __name__)


def measure(job: tuple[Context, str]) -> str:
    context, part = job
    return context.run(in_unit, part)


def in_unit(part: str) -> str:
    return f"{part} {request.args[part]} {current_app.config['UNIT']}"


@tailor.get("/suit")
def suit():
    jobs = [(copy_context(), part) for part in ("arm", "leg")]
    return list(current_app.extensions["hands"].imap(measure, jobs))


@pytest.fixture
def client():
    app = Flask(__name__)
    app.config["UNIT"] = "cm"
    app.register_blueprint(tailor)
    with ThreadPool(2) as hands:
        app.extensions["hands"] = hands
        yield app.test_client()
        hands.close()
        hands.join()


def test_suit_is_measured(client) -> None:
    """All measures are taken in the unit of the house."""
    assert client.get("/suit?arm=60&leg=80").json == ["arm 60 cm", "leg 80 cm"]
