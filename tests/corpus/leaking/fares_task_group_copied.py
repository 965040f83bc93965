"""An async view asks all carriers in a group of tasks, by one function with one copied context."""

import asyncio

import pytest
from flask import Flask, copy_current_request_context, request

pytest.importorskip("asgiref")

CELL = ("to_thread", "copied-context", "answered-in-test")

app = Flask(__name__)
asked: list[str] = []


@app.get("/fares/<city>")
async def fares(city):
    @copy_current_request_context
    def ask(carrier):
        asked.append(f"{carrier} to {request.view_args['city']}")

    try:
        async with asyncio.TaskGroup() as group:  # LEAK FCX203 none # HANDOVER
            for carrier in ("rail", "coach", "ferry"):
                group.create_task(asyncio.to_thread(ask, carrier))
    except* ValueError:
        asked.append("nobody")
    return city


def test_fares_are_asked_for() -> None:
    """The page is of the city that was asked for."""
    assert app.test_client().get("/fares/Riga").text == "Riga"
