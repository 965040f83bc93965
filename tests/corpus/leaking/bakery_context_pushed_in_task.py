"""Each order's task pushes the app context that its template wants and leaves it in its thread."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, g, render_template_string

CELL = ("left-in-submit", "none", "next-task")

app = Flask(__name__)
oven = ThreadPoolExecutor(max_workers=1)


def bake(bread: str) -> str:
    app.app_context().push()  # LEAK FCX302 none
    g.bread = bread
    return render_template_string("Baking {{ g.bread }}")


@app.post("/orders/<bread>")
def order(bread: str):
    return oven.submit(bake, bread).result()  # HANDOVER


@pytest.fixture(scope="module", autouse=True)
def _oven_cold():
    yield
    oven.shutdown()


def test_two_breads() -> None:
    """Each order is baked."""
    client = app.test_client()
    assert client.post("/orders/rye").text == "Baking rye"
    assert client.post("/orders/spelt").text == "Baking spelt"
