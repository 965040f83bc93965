"""A map server draws all tiles of a view by one decorated function."""

from multiprocessing.pool import ThreadPool

import pytest
from flask import Flask, copy_current_request_context, session

CELL = ("threadpool-starmap", "copied-context", "ignored-result")


@pytest.fixture
def client():
    app = Flask(__name__)
    app.secret_key = "x"
    pool = ThreadPool(3)
    drawn = {}

    @app.get("/view/<style>")
    def view(style):
        session["style"] = style

        @copy_current_request_context
        def draw(x, y):
            drawn[x, y] = session["style"]

        tiles = [(x, y) for x in range(2) for y in range(2)]
        pool.starmap_async(draw, tiles)  # LEAK FCX203 none # HANDOVER
        return f"{len(tiles)} tiles"

    yield app.test_client()
    pool.close()
    pool.join()


def test_view_is_cut_into_tiles(client) -> None:
    """The view says how many tiles there will be."""
    assert client.get("/view/terrain").text == "4 tiles"
