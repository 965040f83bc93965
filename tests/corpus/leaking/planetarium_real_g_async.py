"""An async view submits the real object behind `g`, to name the star after whoever asked."""

from concurrent.futures import ThreadPoolExecutor

import pytest

pytest.importorskip("asgiref")

from flask import Flask, g  # noqa: E402  # async views need the extra

CELL = ("submit", "g", "branch-not-taken")

stars: list[str] = []


def name(star: str, guests) -> None:
    stars.append(star if len(star) < 99 else guests.name)


@pytest.fixture
def client():
    app = Flask(__name__)
    pool = ThreadPoolExecutor(max_workers=1)

    @app.post("/stars/<star>")
    async def see(star: str):
        g.name = "Tycho"
        pool.submit(name, star, g._get_current_object())  # HANDOVER  # LEAK FCX206 g
        return "a new one"

    yield app.test_client()
    pool.shutdown(wait=True)


def test_star_is_seen(client) -> None:
    """It is new."""
    assert client.post("/stars/nova").text == "a new one"
