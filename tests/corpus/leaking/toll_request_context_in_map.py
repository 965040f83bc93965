"""A thread pool works out tolls under a made-up request each, and pops none of them."""

from multiprocessing.pool import ThreadPool

from flask import Flask, request

CELL = ("left-in-threadpool", "none", "next-task")

app = Flask(__name__)
RATES = {"car": 4, "truck": 11}


def toll(vehicle: str) -> int:
    context = app.test_request_context(f"/toll?vehicle={vehicle}")
    context.push()  # LEAK FCX302 none
    return RATES[request.args["vehicle"]]


@app.get("/tolls")
def tolls():
    vehicles = request.args.getlist("vehicle")
    with ThreadPool(1) as booths:
        return booths.map(toll, vehicles)  # HANDOVER


def test_tolls_add_up() -> None:
    """A column of three vehicles pays three tolls."""
    answer = app.test_client().get("/tolls?vehicle=car&vehicle=truck&vehicle=car")
    assert answer.json == [4, 11, 4]
