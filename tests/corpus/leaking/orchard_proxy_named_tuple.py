"""A job is a named tuple that keeps the proxy `session` as its picker; its method is submitted."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import pytest
from flask import Flask, session

CELL = ("submit", "session", "branch-not-taken")

baskets: list[str] = []


class Pick(NamedTuple):
    apples: int
    picker: Any

    def run(self) -> None:
        baskets.append(f"{self.apples} apples" if self.apples < 99 else self.picker["name"])


@pytest.fixture
def client():
    app = Flask(__name__)
    app.secret_key = "orchard"
    pool = ThreadPoolExecutor(max_workers=1)

    @app.post("/apples/<int:apples>")
    def pick(apples: int):
        pool.submit(Pick(apples, session).run)  # HANDOVER  # LEAK FCX103 session
        return "picking"

    yield app.test_client()
    pool.shutdown(wait=True)


def test_apples_are_picked(client) -> None:
    """A basket of them."""
    assert client.post("/apples/12").text == "picking"
