"""An async view awaits several `asyncio.to_thread` at once, all of which read its request."""

import asyncio

import pytest
from flask import Flask, current_app, request, session

pytest.importorskip("asgiref")

MUTANT = "async-views"


def tariff(provider: str) -> str:
    usage = int(request.args["kwh"]) * current_app.config["CENTS"][provider]
    return f"{provider}: {usage} for {session['household']}"


@pytest.fixture
def app():
    app = Flask(__name__)
    app.secret_key = "tariffs"
    app.config["CENTS"] = {"wind": 31, "water": 29}

    @app.before_request
    def load_household() -> None:
        session["household"] = request.headers["X-Household"]

    @app.get("/tariffs")
    async def tariffs():
        asked = [asyncio.to_thread(tariff, name) for name in sorted(app.config["CENTS"])]
        return await asyncio.gather(*asked)

    return app


def test_tariffs_of_a_household(app) -> None:
    """Every provider's tariff is told for the household that asks."""
    response = app.test_client().get("/tariffs?kwh=10", headers={"X-Household": "Kim"})
    assert response.json == ["water: 290 for Kim", "wind: 310 for Kim"]
