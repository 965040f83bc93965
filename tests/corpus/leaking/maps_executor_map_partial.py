"""Map tiles are drawn by `ProcessPoolExecutor.map` with the theme of another user's request."""

import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import flask
import pytest

if "fork" not in multiprocessing.get_all_start_methods():
    pytest.skip("processes are not forked here", allow_module_level=True)

CELL = ("process-map", "request", "served-to-another")


def tile(zoom: int, column: int) -> str:
    theme = flask.request.cookies["theme"]  # LEAK FCX202 request
    return f"{theme}-{zoom}-{column}"


class Maps(flask.Flask):
    drawers: ProcessPoolExecutor | None = None

    def draw(self, zoom: int) -> list[str]:
        if self.drawers is None:
            self.drawers = ProcessPoolExecutor(1, multiprocessing.get_context("fork"))
        return list(self.drawers.map(partial(tile, zoom), range(3)))  # HANDOVER


app = Maps(__name__)


@app.get("/tiles/<int:zoom>")
def tiles(zoom: int):
    return app.draw(zoom)


@pytest.fixture(scope="module", autouse=True)
def _drawers_gone():
    yield
    if app.drawers is not None:
        app.drawers.shutdown()


def seen_with(theme: str):
    client = app.test_client()
    client.set_cookie("theme", theme)
    return client.get("/tiles/2").json


def test_tiles_of_a_row() -> None:
    """A row has three tiles, by day and by night."""
    assert len(seen_with("day")) == len(seen_with("night")) == 3
