"""A tracker decorates with `after_this_request` inside a pool task, after which no request
follows.
"""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Blueprint, Flask, after_this_request

CELL = ("submit", "after_this_request", "unread-future")

tracking = Blueprint("tracking", __name__)
pool = ThreadPoolExecutor(max_workers=1)


def set_tracking_cookie(visitor: str) -> None:
    @after_this_request  # LEAK FCX101 after_this_request
    def add_cookie(response):
        response.set_cookie("visitor", visitor)
        return response


@tracking.before_app_request
def track() -> None:
    pool.submit(set_tracking_cookie, "v-17")  # HANDOVER


@pytest.fixture
def client():
    app = Flask(__name__)
    app.register_blueprint(tracking)
    app.add_url_rule("/", view_func=lambda: "front page")
    return app.test_client()


@pytest.fixture(scope="module", autouse=True)
def _pool_closed():
    yield
    pool.shutdown(wait=True)


def test_front_page(client) -> None:
    """The front page needs no cookie."""
    assert client.get("/").text == "front page"
