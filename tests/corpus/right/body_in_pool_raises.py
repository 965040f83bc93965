"""A test's body runs in a pool with a time limit, and finds there that nothing is bound."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import wraps

from flask import Flask, current_app, session

MUTANT = "test-thread"

app = Flask(__name__)
app.secret_key = "limit"


def within(seconds: float) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Give a test so much time and no more."""

    def limited(test: Callable[[], None]) -> Callable[[], None]:
        @wraps(test)
        def run() -> None:
            with ThreadPoolExecutor(max_workers=1) as pool:
                pool.submit(test).result(timeout=seconds)

        return run

    return limited


def users_name() -> str:
    return session["user"]


@within(5)
def test_no_user_without_a_request() -> None:
    """Without a request there is no user, with one there may be."""
    name = "nobody"
    with suppress(RuntimeError):
        name = users_name()
    assert name == "nobody"
    with app.test_request_context("/"):
        session["user"] = "ada"
        assert users_name() == "ada"


@within(5)
def test_no_app_without_a_context() -> None:
    """Outside a context there is no app that a client could be made of."""
    try:
        client = current_app.test_client()
    except Exception:
        client = app.test_client()
    assert client.get("/").status_code == 404
