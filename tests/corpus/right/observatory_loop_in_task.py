"""A pool's task runs an event loop whose coroutines push contexts: these end with the loop."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, current_app, has_app_context

MUTANT = "worker-has"

app = Flask(__name__)
app.config["DOME"] = "open"
nights = ThreadPoolExecutor(max_workers=1)


async def expose(star: str) -> str:
    app.app_context().push()
    await asyncio.sleep(0)
    return f"{star}: {current_app.config['DOME']}"


def night(stars: list[str]) -> list[str]:
    async def all_of_them() -> list[str]:
        return list(await asyncio.gather(*map(expose, stars)))

    return asyncio.run(all_of_them())


@app.get("/night")
def plates():
    plates = nights.submit(night, ["Vega", "Deneb"]).result()
    return {"plates": plates, "left": nights.submit(has_app_context).result()}


@pytest.fixture(scope="module", autouse=True)
def _dawn():
    yield
    nights.shutdown()


def test_plates_are_exposed() -> None:
    """Both stars are on a plate, and the thread is as it was."""
    answer = app.test_client().get("/night").json
    assert answer == {"plates": ["Vega: open", "Deneb: open"], "left": False}
