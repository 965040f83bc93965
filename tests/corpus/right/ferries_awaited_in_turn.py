"""A quick pool has each answer at once; the view awaits one before it asks for the next."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, copy_current_request_context, request

pytest.importorskip("asgiref")

MUTANT = "handed-twice"


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
    first = await loop.run_in_executor(pool, ask)
    asked = loop.run_in_executor(pool, ask)
    second = await asked
    third = await asyncio.wait_for(loop.run_in_executor(pool, ask), 5)
    return f"{first}, {second}, {third}"


def test_three_ferries_sail() -> None:
    """Each to the port that was asked for."""
    assert app.test_client().get("/ferries/Oban").text == "Oban, Oban, Oban"
