"""A helper asks `has_app_context()` in a pool and takes its default without touching a proxy."""

from concurrent.futures import ThreadPoolExecutor

import flask

MUTANT = "deliberate-check"

app = flask.Flask(__name__)
app.config["TIMEOUT"] = 30


def timeout() -> int:
    if flask.has_app_context():
        return flask.current_app.config["TIMEOUT"]
    return 5


def timeouts_in_pool() -> list[int]:
    without = timeout()
    with app.app_context():
        return [without, timeout()]


@app.get("/timeouts")
def timeouts():
    with ThreadPoolExecutor(max_workers=1) as pool:
        return [timeout(), *pool.submit(timeouts_in_pool).result(timeout=5)]


def test_default_holds_without_an_app() -> None:
    """The default holds in a bare thread only."""
    assert app.test_client().get("/timeouts").json == [30, 5, 30]
