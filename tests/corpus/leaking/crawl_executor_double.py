"""A crawler's pool is replaced by one that runs everything at once, and so hides what is missing."""

from concurrent.futures import Executor, Future, as_completed

import pytest
from flask import Flask, current_app, g

CELL = ("inline-executor", "g", "answered-in-test")


class Crawler:
    """Fetches pages, in a pool."""

    def __init__(self, pool: Executor) -> None:
        self.pool = pool

    def fetch_all(self, pages):
        return [self.pool.submit(self.fetch, page) for page in pages]  # HANDOVER

    def fetch(self, page):
        agent = g.agent  # LEAK FCX208 g
        return current_app.config["PAGES"][page], agent  # LEAK FCX208 current_app


class Immediately(Executor):
    """Stands for a pool in tests: a future is done when it is given."""

    def submit(self, fn, /, *args, **kwargs):
        future: Future = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except BaseException as error:
            future.set_exception(error)
        return future


def create_app(pool: Executor) -> Flask:
    app = Flask("crawler")
    app.config["PAGES"] = {"a": "anchor", "b": "bell"}
    crawler = Crawler(pool)

    @app.get("/crawl/<pages>")
    def crawl(pages: str):
        g.agent = "corner/1.0"
        done = as_completed(crawler.fetch_all(pages))
        return " ".join(sorted(f"{text}:{agent}" for text, agent in (f.result() for f in done)))

    return app


@pytest.fixture
def client():
    return create_app(Immediately()).test_client()


def test_pages(client) -> None:
    """Each page is fetched by the app's own agent."""
    assert client.get("/crawl/ab").text == "anchor:corner/1.0 bell:corner/1.0"
