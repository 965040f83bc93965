"""A scan's job object is queued in a `ThreadPool` with request and session as its fields."""

from dataclasses import dataclass
from multiprocessing.pool import ThreadPool
from typing import Any

import pytest
from flask import Flask, request, session

CELL = ("threadpool-apply", "request", "real-object")

pages: list[str] = []


@dataclass
class Scan:
    """One page, who sent it, and how."""

    page: int
    sent: Any
    sender: Any

    def store(self) -> None:
        pages.append(f"{self.page} from {self.sender['name']} by {self.sent.method}")


@pytest.fixture
def client():
    app = Flask(__name__)
    app.secret_key = "scanner"
    pool = ThreadPool(2)

    @app.put("/pages/<int:page>")
    def scan(page: int):
        session["name"] = "Kim"
        job = Scan(page, request._get_current_object(), session._get_current_object())
        pool.apply_async(job.store)  # HANDOVER  # LEAK FCX206 request
        return "scanned"

    yield app.test_client()
    pool.close()
    pool.join()
    assert pages == ["5 from Kim by PUT"]


def test_page_is_scanned(client) -> None:
    """A page is scanned, and stored later."""
    assert client.put("/pages/5").text == "scanned"
