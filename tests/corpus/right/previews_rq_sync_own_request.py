"""A preview's job renders a page by a request of its own, which it makes; RQ runs it at once."""

import pytest
from flask import Flask, current_app, render_template_string, request

pytest.importorskip("rq")
fakeredis = pytest.importorskip("fakeredis")
from rq import Queue

MUTANT = "eager-task"

app = Flask(__name__)
app.config["SERVER_NAME"] = "previews.test"
shelf: dict[str, str] = {}


def render(slug: str) -> None:
    with app.test_request_context(f"/pages/{slug}"):
        shelf[slug] = render_template_string("{{ path }} in {{ name }}", **facts())


def facts() -> dict[str, str]:
    return {"path": request.path, "name": current_app.config["SERVER_NAME"]}


def fetch(slug: str) -> None:
    shelf[slug] = app.test_client().get(f"/pages/{slug}").text


@app.get("/pages/<slug>")
def page(slug: str):
    return f"{slug} at {request.path}"


@app.post("/previews/<slug>")
def preview(slug: str):
    queue = Queue(is_async=False, connection=fakeredis.FakeStrictRedis())
    queue.enqueue(render if request.args.get("how") == "render" else fetch, slug)
    return shelf.pop(slug)


@pytest.mark.parametrize(
    ("how", "text"),
    [("render", "/pages/sea in previews.test"), ("fetch", "sea at /pages/sea")],
)
def test_preview(how: str, text: str) -> None:
    """The job sees its own request, not the one that asked for it."""
    assert app.test_client().post(f"/previews/sea?how={how}").text == text
