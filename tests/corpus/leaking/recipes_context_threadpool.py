"""A recipe is laid out in a `ThreadPool` with `render_template_string`, in a copied context."""

import threading
from contextvars import copy_context
from multiprocessing.pool import ThreadPool

import pytest
from flask import Flask, render_template_string

CELL = ("threadpool-apply", "render_template", "no-error")

answered = threading.Event()
laid_out = threading.Event()
pages: list[str] = []


def lay_out(dish: str) -> None:
    answered.wait(5)
    page = render_template_string(  # LEAK FCX201 current_app
        "{{ dish }} for {{ request.args.people }}", dish=dish
    )
    pages.append(page)
    laid_out.set()


@pytest.fixture
def client():
    app = Flask(__name__)
    with ThreadPool(1) as kitchen:

        @app.get("/recipes/<dish>.pdf")
        def pdf(dish: str):
            kitchen.apply_async(copy_context().run, (lay_out, dish))  # HANDOVER
            return f"{dish} is in the oven"

        yield app.test_client()
        answered.set()
        kitchen.close()
        kitchen.join()


def test_recipe_is_laid_out(client) -> None:
    """A recipe is laid out for as many people as were asked for."""
    assert client.get("/recipes/soup.pdf?people=6").text == "soup is in the oven"
    answered.set()
    assert laid_out.wait(5)
    assert pages == ["soup for 6"]
