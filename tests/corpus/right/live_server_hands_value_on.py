"""A live server's view hands a value, not `request`, to a pool; the server outlives both tests."""

import threading
import urllib.request
import wsgiref.simple_server
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from flask import Flask, request

MUTANT = "live-server"


class SilentHandler(wsgiref.simple_server.WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        """Log nothing."""


class Site:
    def __init__(self) -> None:
        self.pool = ThreadPoolExecutor(max_workers=1)
        self.jobs: list[Future[str]] = []
        app = Flask(__name__)
        app.add_url_rule("/slug", view_func=self.slug)
        self.server = wsgiref.simple_server.make_server(
            "127.0.0.1", 0, app, handler_class=SilentHandler
        )
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,))
        self.thread.start()

    def slug(self):
        self.jobs.append(self.pool.submit(str.lower, request.args["title"]))
        return "", 202

    def get(self, path: str) -> int:
        url = f"http://127.0.0.1:{self.server.server_port}{path}"
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status

    def close(self) -> None:
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()
        self.pool.shutdown()


@pytest.fixture(scope="module")
def site():
    site = Site()
    yield site
    site.close()


@pytest.mark.parametrize("title", ["Tea", "Cake"])
def test_slug_is_made_later(site, title: str) -> None:
    """A slug is accepted first and made afterwards."""
    assert site.get(f"/slug?title={title}") == 202
    assert site.jobs[-1].result(timeout=5) == title.lower()
