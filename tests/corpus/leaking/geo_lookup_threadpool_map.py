"""A store finder maps a lookup over a `ThreadPool`; each falls back to (0, 0) without
`current_app`.
"""

from multiprocessing.pool import ThreadPool
from typing import Any

from flask import Blueprint, Flask, current_app, jsonify

CELL = ("threadpool-map", "current_app", "fallback-value")

stores = Blueprint("stores", __name__)


def locate(city: str) -> tuple[int, int]:
    try:
        gazetteer: Any = current_app.extensions["gazetteer"]  # LEAK FCX101 current_app
        return gazetteer[city]
    except Exception:
        return (0, 0)


@stores.get("/stores")
def find():
    cities = ["Bergen", "Oslo"]
    with ThreadPool(2) as lookups:
        places = lookups.map(locate, cities)  # HANDOVER
    return jsonify(dict(zip(cities, places, strict=True)))


def create_app() -> Flask:
    app = Flask(__name__)
    app.extensions["gazetteer"] = {"Bergen": (60, 5), "Oslo": (59, 10)}
    app.register_blueprint(stores)
    return app


def test_every_city_is_listed() -> None:
    """The finder lists every city, wherever it may lie."""
    places = create_app().test_client().get("/stores").get_json()
    assert sorted(places) == ["Bergen", "Oslo"]
