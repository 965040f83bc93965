"""A radio keeps the request context in which a station was last tuned in."""

from typing import Any

from flask import Blueprint, Flask
from flask.globals import request_ctx

CELL = ("context-kept", "none", "retained")

stations = Blueprint("stations", __name__)
tuned: dict[str, Any] = {}  # LEAK FCX304 none


@stations.put("/tune/<station>")
def tune(station: str):
    tuned[station] = request_ctx._get_current_object()  # type: ignore[attr-defined]
    return "", 204


@stations.get("/tuned")
def heard():
    return {station: context.request.path for station, context in tuned.items()}


def test_what_was_tuned_in() -> None:
    """A station is listed with the path by which it was tuned in."""
    app = Flask(__name__)
    app.register_blueprint(stations)
    client = app.test_client()
    client.put("/tune/jazz")
    assert client.get("/tuned").json == {"jazz": "/tune/jazz"}
