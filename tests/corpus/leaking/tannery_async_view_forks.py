"""An async view starts a process that reads ``g``, and does not wait for it."""

import multiprocessing

import pytest
from flask import Flask, g

pytest.importorskip("asgiref")
if "fork" not in multiprocessing.get_all_start_methods():
    pytest.skip("processes are not forked here", allow_module_level=True)

CELL = ("process", "g", "lent")

forked = multiprocessing.get_context("fork")
answered = forked.Event()


def weigh() -> None:
    answered.wait()
    print(f"{g.hides} hides")  # LEAK FCX207 g


app = Flask(__name__)


@app.post("/hides/<int:number>")
async def deliver(number: int):
    g.hides = number
    forked.Process(target=weigh).start()  # HANDOVER
    return "taken"


def test_delivery() -> None:
    """The answer comes before the hides are weighed."""
    assert app.test_client().post("/hides/7").text == "taken"
    answered.set()
