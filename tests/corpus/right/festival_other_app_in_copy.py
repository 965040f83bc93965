"""A festival's poster is drawn by another app, whose request is pushed inside a copied context."""

import threading
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
from flask import Flask, current_app, g, request, session

MUTANT = "no-own-context"

pool = ThreadPoolExecutor(max_workers=1)
answered = threading.Event()
posters: list[str] = []

festival = Flask("festival")
studio = Flask("studio")
studio.secret_key = "studio"


def draw(band: str) -> None:
    answered.wait(5)
    with studio.test_request_context(f"/posters/{band}", headers={"X-Paper": "A2"}):
        session["band"] = g.band = band
        words = [current_app.name, request.path, request.headers["X-Paper"]]
        posters.append(" ".join([*words, session["band"], g.band]))


@festival.post("/bands/<band>")
def announce(band: str):
    g.band = "the band of the request"
    pool.submit(copy_context().run, draw, band)
    return f"{band} will play", 201


@pytest.fixture(scope="module", autouse=True)
def _pool_closed():
    yield
    answered.set()
    pool.shutdown(wait=True)
    assert posters == ["studio /posters/Queens A2 Queens Queens"]


@pytest.mark.flask_ctx_allow("FCX204", reason="the request that goes along is never asked")
def test_band_is_announced() -> None:
    """A band is announced before its poster is drawn."""
    response = festival.test_client().post("/bands/Queens")
    answered.set()
    assert response.text == "Queens will play"
