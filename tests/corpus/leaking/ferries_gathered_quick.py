"""Two ferries are asked at once by one copied function; the pool happens to be quick."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, copy_current_request_context, request

pytest.importorskip("asgiref")

CELL = ("run_in_executor", "copied-context", "gathered-exception")


class QuickPool(ThreadPoolExecutor):
    """On an idle machine: what is submitted is done before anybody looks at it."""

    def submit(self, fn, /, *args):
        future = super().submit(fn, *args)
        while future._state != "FINISHED":
            pass
        return future


app = Flask(__name__)
pool = QuickPool(2)


@app.get("/ferries/<port>")
async def ferries(port):
    loop = asyncio.get_running_loop()
    ask = copy_current_request_context(lambda: request.view_args["port"])
    first = loop.run_in_executor(pool, ask)  # HANDOVER
    second = loop.run_in_executor(pool, ask)  # LEAK FCX203 none
    await asyncio.gather(first, second)
    return port


def test_ferries_sail() -> None:
    """To the port that was asked for."""
    assert app.test_client().get("/ferries/Oban").text == "Oban"
