"""One task uses the request a hundred thousand times at the same line, and swallows each error."""

from __future__ import annotations

import contextlib
import os
from concurrent.futures import ThreadPoolExecutor

from flask import Flask, request

ACCESSES = int(os.environ.get("SCALE", "100000"))

app = Flask(__name__)
pool = ThreadPoolExecutor(1)


def method() -> str:
    return request.method


def work() -> None:
    for _ in range(ACCESSES):
        with contextlib.suppress(RuntimeError):
            method()


@app.post("/many")
def many() -> str:
    pool.submit(work)
    return "queued"


def test_many() -> None:
    assert app.test_client().post("/many").text == "queued"
