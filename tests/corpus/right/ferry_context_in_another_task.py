"""A ferry's dispatcher holds an app context in a task of its own; a request comes in another one."""

import asyncio

from flask import Flask, current_app, g

MUTANT = "outer-context"

ferry = Flask(__name__)


@ferry.get("/deck")
def deck():
    return {"deck": g.get("deck")}


async def dispatcher(loaded: asyncio.Event, done: asyncio.Event) -> str:
    with ferry.app_context():
        g.deck = "cars"
        loaded.set()
        await done.wait()
        return f"{current_app.import_name == __name__} {g.deck}"


async def sail() -> tuple[object, str]:
    loaded, done = asyncio.Event(), asyncio.Event()
    task = asyncio.create_task(dispatcher(loaded, done))
    await loaded.wait()
    answer = ferry.test_client().get("/deck").json
    done.set()
    return answer, await task


def test_tasks_have_contexts_of_their_own() -> None:
    """The request finds nothing of what the other task put on `g`."""
    assert asyncio.run(sail()) == ({"deck": None}, "True cars")
