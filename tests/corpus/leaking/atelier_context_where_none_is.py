"""A decorator pushes an app context where there is none, and keeps it for the tasks to come."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import wraps

import pytest
from flask import Flask, current_app, has_app_context

CELL = ("left-in-executor", "none", "next-task")

app = Flask(__name__)
app.config["PIGMENTS"] = {"ultramarine": "#120a8f"}
easels = ThreadPoolExecutor(max_workers=2)


def in_app(function: Callable[[str], str]) -> Callable[[str], str]:
    """Call ``function`` in an app context."""

    @wraps(function)
    def wrapped(name: str) -> str:
        if not has_app_context():
            app.app_context().push()  # LEAK FCX302 none
        return function(name)

    return wrapped


@in_app
def mix(name: str) -> str:
    return current_app.config["PIGMENTS"][name]


@app.get("/pigments/<name>")
def pigment(name: str):
    async def ask() -> str:
        return await asyncio.get_running_loop().run_in_executor(easels, mix, name)  # HANDOVER

    return asyncio.run(ask())


@pytest.fixture(scope="module", autouse=True)
def _easels_folded():
    yield
    easels.shutdown()


def test_pigment_is_mixed() -> None:
    """The pigment has its colour."""
    assert app.test_client().get("/pigments/ultramarine").text == "#120a8f"
