"""Tiles are cut in a pool, each in a copied context; the view waits before its session is saved."""

from concurrent.futures import ThreadPoolExecutor, as_completed

import pytest
from flask import Flask, copy_current_request_context, session

MUTANT = "session-writes"


def cut(color: str) -> str:
    session[color] = session.get(color, 0) + 1
    session["tiles"].append(color)
    return color


@pytest.fixture
def client():
    app = Flask(__name__)
    app.secret_key = "mosaic"

    @app.post("/mosaic")
    def mosaic():
        session["tiles"] = []
        with ThreadPoolExecutor(max_workers=1) as pool:
            cuts = [pool.submit(copy_current_request_context(cut), c) for c in ("blue", "red")]
            colors = sorted(each.result() for each in as_completed(cuts, timeout=5))
        return {"colors": colors, "blue": session["blue"]}

    @app.get("/mosaic")
    def show():
        return {"blue": session["blue"], "red": session["red"], "tiles": sorted(session["tiles"])}

    return app.test_client()


def test_tiles_are_kept(client) -> None:
    """What the pool wrote is there in the next request."""
    assert client.post("/mosaic").json == {"colors": ["blue", "red"], "blue": 1}
    assert client.get("/mosaic").json == {"blue": 1, "red": 1, "tiles": ["blue", "red"]}
