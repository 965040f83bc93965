"""Threads tell the view's event loop when they are done: by a future, an event and a queue of it."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, copy_current_request_context, request

pytest.importorskip("asgiref")

MUTANT = "handed-twice"

app = Flask(__name__)
loft = ThreadPoolExecutor(2)


@app.get("/letters/<to>")
async def send_two(to):
    loop = asyncio.get_running_loop()
    fly = copy_current_request_context(lambda: request.view_args["to"])
    for _ in range(2):
        arrived = loop.create_future()

        def carry(arrived=arrived):
            loop.call_soon_threadsafe(arrived.set_result, fly())

        threading.Thread(target=carry).start()
        town = await arrived
    return town


@app.get("/rings/<to>")
async def send_one(to):
    loop, arrived = asyncio.get_running_loop(), asyncio.Event()

    @copy_current_request_context
    def fly():
        loop.call_soon_threadsafe(arrived.set)

    loft.submit(fly)
    await arrived.wait()
    return to


@app.get("/maps/<to>")
async def send_map(to):
    loop, arrived = asyncio.get_running_loop(), asyncio.Queue()

    def fly(visit):
        loop.call_soon_threadsafe(arrived.put_nowait, visit.view_args["to"])

    loft.submit(fly, request._get_current_object())
    return await arrived.get()


@pytest.mark.parametrize("what", ["letters", "rings", "maps"])
def test_pigeon_arrives(what) -> None:
    """In the town that it was sent to."""
    assert app.test_client().get(f"/{what}/Ghent").text == "Ghent"
