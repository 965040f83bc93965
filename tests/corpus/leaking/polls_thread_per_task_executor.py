"""A poll counts votes on a home-made `Executor` with a thread a task, which lacks the `session`."""

import threading
from concurrent.futures import Executor, Future
from typing import Any

from flask import Flask, session

CELL = ("executor-subclass", "session", "unread-future")


class ThreadPerTask(Executor):
    """Starts a thread for each task."""

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> "Future[Any]":
        future: Future[Any] = Future()

        def run() -> None:
            try:
                future.set_result(fn(*args, **kwargs))
            except BaseException as error:
                future.set_exception(error)

        threading.Thread(target=run, daemon=True).start()
        return future


def create_app(executor: Executor, votes: list[tuple[str, str]]) -> Flask:
    app = Flask(__name__)
    app.secret_key = "polls"

    def count(option: str) -> None:
        voter = session["voter"]  # LEAK FCX101 session
        votes.append((voter, option))

    @app.post("/polls/<option>")
    def vote(option: str):
        session["voter"] = "v-1"
        executor.submit(count, option)  # HANDOVER
        return "thanks"

    return app


def test_vote_is_thanked_for() -> None:
    """A voter is thanked at once."""
    votes: list[tuple[str, str]] = []
    app = create_app(ThreadPerTask(), votes)
    assert app.test_client().post("/polls/yes").text == "thanks"
