"""A tile job is handed the proxy `current_app` in a partial, for the day on which a tile fails."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
from flask import Flask, current_app

CELL = ("submit", "current_app", "branch-not-taken")

drawn: list[tuple[int, int]] = []


def draw(x: int, y: int, *, app: Flask) -> None:
    """Draw one tile; off the map there is nothing but a line in the log."""
    if x < 0 or y < 0:
        app.logger.warning("no tile at %s, %s", x, y)
        return
    drawn.append((x, y))


@pytest.fixture
def client():
    app = Flask(__name__)
    pool = ThreadPoolExecutor(max_workers=2)

    @app.post("/tiles/<int:x>")
    def tiles(x: int):
        job = partial(draw, x, app=current_app)
        for y in range(2):
            pool.submit(job, y)  # HANDOVER  # LEAK FCX103 current_app
        return "", 202

    yield app.test_client()
    pool.shutdown(wait=True)


def test_tiles_are_drawn(client) -> None:
    """Both tiles of a column are drawn."""
    assert client.post("/tiles/4").status_code == 202
