"""An export runs on a `ThreadPoolExecutor` subclass that bounds its queue; `g` is not there."""

import threading
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask, g

CELL = ("executor-subclass", "g", "unread-future")


class BoundedExecutor(ThreadPoolExecutor):
    """Lets a submit wait while too much is queued."""

    def __init__(self, bound: int) -> None:
        super().__init__(max_workers=1)
        self._slots = threading.BoundedSemaphore(bound)

    def submit(self, fn: Any, /, *args: Any, **kwargs: Any) -> "Future[Any]":
        self._slots.acquire()
        future = super().submit(fn, *args, **kwargs)
        future.add_done_callback(lambda _: self._slots.release())
        return future


executor = BoundedExecutor(4)
files: dict[str, str] = {}


def export(fmt: str) -> None:
    files[fmt] = f"contacts of {g.account}"  # LEAK FCX101 g


app = Flask(__name__)


@app.before_request
def load_account() -> None:
    g.account = "acme"


@app.post("/exports/<fmt>")
def start_export(fmt: str):
    executor.submit(export, fmt)  # HANDOVER
    return {"format": fmt}, 202


@pytest.fixture(scope="module", autouse=True)
def _executor_closed():
    yield
    executor.shutdown(wait=True)


def test_export_is_accepted() -> None:
    """An export is accepted in the wanted format."""
    assert app.test_client().post("/exports/vcf").json == {"format": "vcf"}
