"""A helper's default is a proxy, for calls in a view; a pool's items and results take its place."""

from concurrent.futures import ThreadPoolExecutor
from multiprocessing.pool import ThreadPool

import pytest
from flask import Flask, request

MUTANT = "proxy-in-scope"

greeted: list[str] = []


def greet(player=request) -> str:
    greeted.append(str(getattr(player, "remote_addr", "a result")))
    return f"good luck, {player}"


def seat(player=request, place=request) -> str:
    return f"{player} sits at {place}"


@pytest.fixture
def client():
    app = Flask(__name__)
    pool, players = ThreadPoolExecutor(max_workers=1), ThreadPool(1)

    @app.post("/round")
    def begin():
        wished = [*players.map(greet, ["Vera"]), *players.imap(greet, ["Bobby"])]
        seated = players.starmap(seat, [("Vera", 1), ("Bobby", 2)])
        players.apply_async(len, ([],), callback=greet).get(timeout=5)
        future = pool.submit(len, [])
        future.add_done_callback(greet)
        future.result(timeout=5)
        return {"wished": wished, "seated": seated}

    yield app.test_client()
    pool.shutdown(wait=True)
    players.close()
    players.join()
    assert greeted == ["a result"] * 4


def test_round_begins(client) -> None:
    """Each player is wished luck, and has a place."""
    answer = client.post("/round").json
    assert answer["wished"] == ["good luck, Vera", "good luck, Bobby"]
    assert answer["seated"] == ["Vera sits at 1", "Bobby sits at 2"]
