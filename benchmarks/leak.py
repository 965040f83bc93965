"""A leak that every measured process must find, or its numbers are worth nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from flask import Flask, request

import pytest_flaskctx

app = Flask(__name__)


def task() -> str:
    return request.method


@app.post("/leak")
def hand_over() -> str:
    with ThreadPoolExecutor(1) as pool:
        pool.submit(task)
    return "handed over"


def is_found() -> bool:
    """Leak, and return whether a monitor saw just that."""
    with pytest_flaskctx.monitor() as monitor:
        app.test_client().post("/leak")
    return [(found.code, found.proxy) for found in monitor.findings] == [("FCX101", "request")]
