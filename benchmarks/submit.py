"""A task handed to a thread pool and waited for, in a request and outside."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import repeat
from time import process_time

from flask import Flask
from in_process import child, measure
from table import Row

SUBMITS = 1_000

app = Flask(__name__)


def nothing() -> None:
    """Do nothing."""


def submits() -> float:
    """Return the CPU seconds, of both threads, of ``SUBMITS`` tasks."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(nothing).result()
        begin = process_time()
        for _ in repeat(None, SUBMITS):
            pool.submit(nothing).result()
        return process_time() - begin


@app.post("/submit")
def view() -> dict[str, float]:
    return {"seconds": submits()}


def in_request() -> float:
    """Return the CPU seconds of ``SUBMITS`` tasks handed over by a view."""
    return float(app.test_client().post("/submit").json["seconds"])


def outside() -> float:
    """Return the CPU seconds of ``SUBMITS`` tasks handed over under no request."""
    return submits()


def rows(*, quick: bool) -> list[Row]:
    """Return the measured rows."""
    processes, pairs = (1, 5) if quick else (3, 20)
    seen = f"{SUBMITS * processes * pairs:,} hand-overs with the monitor"
    return [
        measure(
            "submit.py",
            arguments=(place,),
            what=f"submit and result, {place}",
            mark="1.5",
            seen=seen,
            processes=processes,
            pairs=pairs,
        )
        for place in PLACES
    ]


PLACES = {"in a request": in_request, "outside": outside}

if __name__ == "__main__":
    child(PLACES[sys.argv[2]])
