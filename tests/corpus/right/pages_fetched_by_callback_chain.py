"""Each page's done-callback hands the same function over for the next page."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, copy_current_request_context, request

MUTANT = "handed-twice"


@pytest.fixture
def client():
    app = Flask(__name__)
    pool = ThreadPoolExecutor(max_workers=2)

    @app.get("/archive")
    def archive():
        pages, last = [], threading.Event()

        @copy_current_request_context
        def fetch():
            pages.append(f"{request.args['topic']} {len(pages) + 1}")

        def following(_future):
            if len(pages) == 3:
                last.set()
            else:
                pool.submit(fetch).add_done_callback(following)

        pool.submit(fetch).add_done_callback(following)
        assert last.wait(20)
        return pages

    yield app.test_client()
    pool.shutdown(wait=True)


def test_pages_come_in_order(client) -> None:
    """Three pages are fetched, one after the other."""
    assert client.get("/archive?topic=bees").json == ["bees 1", "bees 2", "bees 3"]
