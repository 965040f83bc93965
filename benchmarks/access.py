"""A use of a proxy in the thread that serves the request."""

from __future__ import annotations

from itertools import repeat
from time import process_time

from flask import Flask, request
from in_process import child, measure
from table import Row

USES = 100_000

app = Flask(__name__)


def timed() -> float:
    """Return the CPU seconds of ``USES`` uses of ``request.method``."""
    with app.test_request_context("/"):
        begin = process_time()
        for _ in repeat(None, USES // 10):
            # Ten a turn: the loop itself must not water the ratio down.
            request.method, request.method, request.method, request.method, request.method  # noqa: B018
            request.method, request.method, request.method, request.method, request.method  # noqa: B018
        return process_time() - begin


def row(*, quick: bool) -> Row:
    """Return the measured row."""
    processes, pairs = (1, 10) if quick else (3, 40)
    seen = f"{USES * processes * pairs:,} accesses with the monitor"
    return measure(
        "access.py",
        what="access in its own thread",
        mark="1.10",
        seen=seen,
        processes=processes,
        pairs=pairs,
    )


if __name__ == "__main__":
    child(timed)
