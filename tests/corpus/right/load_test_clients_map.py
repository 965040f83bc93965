"""A load test maps test clients over a pool: each request lives and dies in its client's thread."""

from concurrent.futures import ThreadPoolExecutor

from flask import Flask, g, request

MUTANT = "client-in-thread"

app = Flask(__name__)


@app.before_request
def remember() -> None:
    g.number = request.view_args["number"]


@app.get("/square/<int:number>")
def square(number: int):
    return {"square": g.number * number}


def visit(number: int) -> int:
    return app.test_client().get(f"/square/{number}").json["square"]


def test_forty_visitors() -> None:
    """Forty requests on four threads all answer for themselves."""
    with ThreadPoolExecutor(max_workers=4) as pool:
        assert list(pool.map(visit, range(40))) == [n * n for n in range(40)]
