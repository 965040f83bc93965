"""An async view awaits an executor's work, which a copied context lets read `request` and `g`."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
from flask import Flask, g, request

pytest.importorskip("asgiref")

MUTANT = "async-views"

telescope = ThreadPoolExecutor(max_workers=1, thread_name_prefix="telescope")
SEEN = {"Halley": 1986, "Encke": 2023}

app = Flask(__name__)


@app.before_request
def load_observer() -> None:
    g.observer = request.headers["X-Observer"]


def observe(comet: str) -> str:
    since = request.args.get("since", 0, type=int)
    return f"{g.observer}: {comet} {'seen' if SEEN[comet] >= since else 'missed'}"


@app.get("/comets/<comet>")
async def show(comet: str):
    loop = asyncio.get_running_loop()
    return await loop.run_in_executor(telescope, copy_context().run, observe, comet)


@pytest.fixture(scope="module", autouse=True)
def _telescope_closed():
    yield
    telescope.shutdown(wait=True)


def test_comets_since_a_year() -> None:
    """A comet is seen or missed since the year that was asked for."""
    client = app.test_client()
    answers = [
        client.get(f"/comets/{comet}?since=2000", headers={"X-Observer": "Tycho"}).text
        for comet in SEEN
    ]
    assert answers == ["Tycho: Halley missed", "Tycho: Encke seen"]
