"""Visitor statistics are written in a pool from the real request object, which outlives its request."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, request

CELL = ("submit", "request", "real-object")

visits: Counter[str] = Counter()


def record(visit) -> None:
    visits[visit.path] += 1


@pytest.fixture
def client():
    app = Flask(__name__)
    pool = ThreadPoolExecutor(max_workers=1)

    @app.after_request
    def count(response):
        pool.submit(record, request._get_current_object())  # HANDOVER  # LEAK FCX206 request
        return response

    @app.get("/exhibits/<name>")
    def exhibit(name: str):
        return name.title()

    yield app.test_client()
    pool.shutdown(wait=True)
    assert visits == {"/exhibits/amphora": 1}


def test_exhibit_is_shown(client) -> None:
    """An exhibit is shown by its name, and counted."""
    assert client.get("/exhibits/amphora").text == "Amphora"
