"""A view crawls its own pages with a test client in a lazily started worker."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, request

MUTANT = "client-in-thread"

crawling = ThreadPoolExecutor(max_workers=1)
app = Flask(__name__)


def crawl(path: str) -> str:
    return app.test_client().get(path).text


@app.get("/page/<name>")
def page(name: str):
    return f"{request.path} has {name}"


@app.get("/crawl/<name>")
def start(name: str):
    return crawling.submit(crawl, f"/page/{name}").result(timeout=5)


@pytest.fixture(scope="module", autouse=True)
def _crawling_closed():
    yield
    crawling.shutdown()


def test_pages_are_crawled() -> None:
    """Each crawl sees its own page."""
    client = app.test_client()
    for name in ("one", "two"):
        assert client.get(f"/crawl/{name}").text == f"/page/{name} has {name}"
