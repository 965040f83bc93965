"""A mill's three stones grind under the view's context and put their flour on a queue, from which
the view takes it.
"""

import queue
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
from flask import Flask, session

MUTANT = "any-bound"

stones = ThreadPoolExecutor(max_workers=3, thread_name_prefix="stone")


def grind(sacks: int, flour: "queue.Queue[str]") -> None:
    flour.put(f"{sacks} for {session['farmer']}")


@pytest.fixture
def client():
    app = Flask(__name__)
    app.secret_key = "mill"

    @app.post("/grind/<farmer>")
    def mill(farmer: str):
        session["farmer"] = farmer
        flour: queue.Queue[str] = queue.Queue()
        for sacks in (1, 2, 3):
            stones.submit(copy_context().run, grind, sacks, flour)
        return sorted(flour.get(timeout=5) for _ in range(3))

    yield app.test_client()
    stones.shutdown(wait=True)


def test_flour(client) -> None:
    """A farmer gets flour of all three stones."""
    assert client.post("/grind/Nan").json == ["1 for Nan", "2 for Nan", "3 for Nan"]
