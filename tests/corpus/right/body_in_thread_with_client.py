"""A decorator runs the test's whole body in a thread, where its client's requests are at home."""

import functools
import threading
from collections.abc import Callable

from flask import Flask, g, request

MUTANT = "test-thread"


def in_thread(test: Callable[[], None]) -> Callable[[], None]:
    """Run a test in a thread of its own, and raise here what it raises there."""

    @functools.wraps(test)
    def run() -> None:
        errors: list[BaseException] = []

        def body() -> None:
            try:
                test()
            except BaseException as error:
                errors.append(error)

        thread = threading.Thread(target=body, name="test-body")
        thread.start()
        thread.join()
        for error in errors:
            raise error

    return run


app = Flask(__name__)


@app.before_request
def clock() -> None:
    g.thread = threading.current_thread().name


@app.get("/where")
def where():
    return f"{request.path} in {g.thread}"


@in_thread
def test_request_is_served_here() -> None:
    """A request of a test client is served in the thread of the test's body."""
    assert app.test_client().get("/where").text == "/where in test-body"


def path_or_error() -> str:
    try:
        return request.path
    except Exception as error:
        return str(error)


@in_thread
def test_context_is_pushed_here() -> None:
    """A context pushed by the test's body is bound in its thread, from then on and no longer."""
    assert "outside of request context" in path_or_error()
    with app.test_request_context("/pushed"):
        assert path_or_error() == "/pushed"
    assert "outside of request context" in path_or_error()
