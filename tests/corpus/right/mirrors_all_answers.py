"""Of two mirrors the first answer is taken, and the other is waited for before the view returns."""

import threading
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, as_completed, wait

import pytest
from flask import Flask, copy_current_request_context, request

MUTANT = "waits-unseen"

app = Flask(__name__)
pool = ThreadPoolExecutor(4)


@app.get("/packages/<name>")
def package(name):
    answered = threading.Event()

    @copy_current_request_context
    def far():
        answered.wait(5)
        return request.view_args["name"]

    waiting = {pool.submit(far), pool.submit(str)}
    while waiting:
        _, waiting = wait(waiting, return_when=FIRST_COMPLETED)
        answered.set()
    return name


@app.get("/indexes/<name>")
def index(name):
    asked = [pool.submit(copy_current_request_context(str), name) for _ in range(3)]
    return next(future.result() for future in [*as_completed(asked)])


@pytest.mark.parametrize("kind", ["packages", "indexes"])
def test_all_mirrors_have_answered(kind) -> None:
    """The package is found, and nobody looks for it any more."""
    assert app.test_client().get(f"/{kind}/flask").text == "flask"
