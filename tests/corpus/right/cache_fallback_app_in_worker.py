"""A worker warms a Flask-Caching cache, which asks `current_app or self.app` on its own account."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

flask_caching = pytest.importorskip("flask_caching")

MUTANT = "library-as-user"

app = Flask(__name__)
cache = flask_caching.Cache(app, config={"CACHE_TYPE": "SimpleCache"})


def warm(number: int) -> bool:
    return cache.set(f"square:{number}", number * number)


@app.post("/warm")
def start():
    with ThreadPoolExecutor(max_workers=2) as pool:
        warmed = list(pool.map(warm, range(3)))
    return {"warmed": sum(warmed), "two": cache.get("square:2")}


def test_cache_is_warm() -> None:
    """What a worker has put into the cache is served from it."""
    assert app.test_client().post("/warm").json == {"warmed": 3, "two": 4}
