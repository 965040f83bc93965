"""`copy_context().run` takes a trace id to the pool, and the request's context goes along unused."""

from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import ContextVar, copy_context

import pytest
from flask import Flask

CELL = ("submit", "context-run", "no-error")

trace: ContextVar[str] = ContextVar("trace", default="none")
woven: list[tuple[str, str]] = []


def weave(pattern: str) -> None:
    woven.append((pattern, trace.get()))


class CarryingPool(ThreadPoolExecutor):
    """Runs each task in the variables of whoever submits it."""

    def submit(self, fn, /, *args, **kwargs) -> Future:
        return super().submit(copy_context().run, fn, *args, **kwargs)


@pytest.fixture
def client():
    app = Flask(__name__)
    loom = CarryingPool(max_workers=1)

    @app.post("/patterns/<pattern>")
    def start(pattern: str):
        trace.set("t-17")
        loom.submit(weave, pattern)  # HANDOVER  # LEAK FCX204 none
        return "weaving"

    yield app.test_client()
    loom.shutdown()
    assert woven == [("twill", "t-17")]


def test_pattern_is_woven(client) -> None:
    """The pattern is woven under the trace of its request."""
    assert client.post("/patterns/twill").text == "weaving"
