"""A podcast is published by tasks of a loop in another thread; `to_thread` takes the view's context
on.
"""

import asyncio
import threading
from contextvars import copy_context

import pytest
from flask import Flask, request

CELL = ("to_thread", "request", "no-error")

answered = threading.Event()
published = threading.Event()
feed: list[str] = []
tasks: set["asyncio.Task[None]"] = set()


def announce(episode: str) -> None:
    answered.wait(5)
    host = request.headers["X-Podcast-Host"]  # LEAK FCX201 request
    feed.append(f"{host}: {episode}")


async def publish(episode: str) -> None:
    await asyncio.to_thread(announce, episode)  # HANDOVER
    published.set()


app = Flask(__name__)


def begin(episode: str) -> None:
    tasks.add(asyncio.get_running_loop().create_task(publish(episode)))


@app.post("/episodes/<episode>")
def upload(episode: str):
    loop = app.extensions["loop"]
    loop.call_soon_threadsafe(begin, episode, context=copy_context())
    return f"{episode} is on its way"


@pytest.fixture(scope="module", autouse=True)
def _loop_runs():
    app.extensions["loop"] = loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, name="publisher")
    thread.start()
    yield
    answered.set()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.run_until_complete(loop.shutdown_default_executor())
    loop.close()


def test_episode_is_published() -> None:
    """An episode is announced under its host's name."""
    response = app.test_client().post("/episodes/pilot", headers={"X-Podcast-Host": "Ada"})
    answered.set()
    assert response.text == "pilot is on its way"
    assert published.wait(5)
    assert feed == ["Ada: pilot"]
