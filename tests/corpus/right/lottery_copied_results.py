"""Draws with copied contexts, each in a `ThreadPool`: one is got, one mapped, one pool is joined."""

from multiprocessing.pool import ThreadPool

from flask import Flask, copy_current_request_context, request

MUTANT = "waits-unseen"

app = Flask(__name__)
joined: list[int] = []


def draw(number: int = 1) -> int:
    return number * int(request.args["factor"])


@app.get("/draw")
def drawing():
    with ThreadPool(2) as pool:
        got = pool.apply_async(copy_current_request_context(draw), (2,)).get(timeout=5)
        mapped = pool.map(copy_current_request_context(draw), [3])
    last = ThreadPool(1)
    last.apply_async(copy_current_request_context(lambda: joined.append(draw())))
    last.close()
    last.join()
    return [got, *mapped, *joined]


def test_draws_are_multiplied() -> None:
    """Each number is multiplied by the factor of the request."""
    assert app.test_client().get("/draw?factor=10").json == [20, 30, 10]
