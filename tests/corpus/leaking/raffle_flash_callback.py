"""A raffle's done-callback flashes who won; the flash is kept in a session that went out before."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from flask import Flask, copy_current_request_context, flash, get_flashed_messages

CELL = ("done-callback", "flash", "lost-write")

drawn = threading.Event()


def draw(tickets: int) -> int:
    drawn.wait(5)
    return tickets // 2


@pytest.fixture
def app():
    app = Flask(__name__)
    app.secret_key = "raffle"
    pool = ThreadPoolExecutor(max_workers=1)

    @app.post("/raffle")
    def raffle():
        @copy_current_request_context
        def announce(winner: "Future[int]") -> None:
            flash(f"Ticket {winner.result()} wins.")  # LEAK FCX205 session

        flash("The draw has begun.")
        pool.submit(draw, 40).add_done_callback(announce)  # HANDOVER
        return {"messages": get_flashed_messages()}

    @app.get("/messages")
    def messages():
        return {"messages": get_flashed_messages()}

    yield app
    pool.shutdown(wait=True)


def test_draw_is_announced(app) -> None:
    """Who starts the draw is told so, once."""
    client = app.test_client()
    assert client.post("/raffle").json == {"messages": ["The draw has begun."]}
    drawn.set()
    assert client.get("/messages").status_code == 200
