"""A parcel locker's loop serves a view in the view's own context, while the view waits for it."""

import asyncio
import threading
from concurrent.futures import Future
from contextvars import copy_context

import pytest
from flask import Flask, request, session

MUTANT = "any-bound"


async def find_box(found: "Future[str]") -> None:
    await asyncio.sleep(0)
    size = request.args["size"]
    found.set_result(f"box {session['floor']}-{size}")


@pytest.fixture(scope="module")
def loop():
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="locker")
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def client(loop):
    app = Flask(__name__)
    app.secret_key = "locker"
    searches: set[asyncio.Task[None]] = set()

    def search(found: "Future[str]") -> None:
        searches.add(loop.create_task(find_box(found)))

    @app.post("/parcels/<int:floor>")
    def store(floor: int):
        session["floor"] = floor
        found: Future[str] = Future()
        loop.call_soon_threadsafe(search, found, context=copy_context())
        return found.result(timeout=5)

    return app.test_client()


def test_box_is_found(client) -> None:
    """Every parcel gets a box of its size on the wanted floor."""
    answers = [client.post(f"/parcels/{floor}?size=XL").text for floor in (1, 2)]
    assert answers == ["box 1-XL", "box 2-XL"]
