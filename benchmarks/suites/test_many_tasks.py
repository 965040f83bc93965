"""One request hands over ten thousand tasks, each of which leaks at the same line."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

from flask import Flask, request

TASKS = int(os.environ.get("SCALE", "10000"))

app = Flask(__name__)
pool = ThreadPoolExecutor(4)


def work() -> str:
    return request.method


@app.post("/many")
def many() -> str:
    for _ in range(TASKS):
        pool.submit(work)
    return "queued"


def test_many() -> None:
    assert app.test_client().post("/many").text == "queued"
