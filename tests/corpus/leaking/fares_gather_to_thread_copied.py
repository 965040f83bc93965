"""Three carriers are asked at once, by one function with one copied context."""

import asyncio

import pytest
from flask import Flask, copy_current_request_context, request

CELL = ("to_thread", "copied-context", "return-exceptions")
CARRIERS = ("rail", "coach", "ferry")


@pytest.fixture
def client():
    app = Flask(__name__)

    @app.get("/fares/<city>")
    def fares(city):
        asked = []

        @copy_current_request_context
        def ask(carrier):
            asked.append(f"{carrier} to {request.view_args['city']}")

        async def ask_all():
            calls = [asyncio.to_thread(ask, each) for each in CARRIERS]
            await asyncio.gather(*calls, return_exceptions=True)  # LEAK FCX203 none # HANDOVER

        asyncio.run(ask_all())
        return city

    return app.test_client()


def test_fares_are_asked_for(client) -> None:
    """The page is of the city that was asked for."""
    assert client.get("/fares/Riga").text == "Riga"
