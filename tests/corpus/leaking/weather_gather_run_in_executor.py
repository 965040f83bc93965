"""An async view asks two stations in the loop's executor, where `request` has no units to give."""

import asyncio

import pytest
from flask import Flask, request

pytest.importorskip("asgiref")

CELL = ("run_in_executor", "request", "gathered-exception")

app = Flask(__name__)


def measure(station: str) -> str:
    celsius = {"pier": 11, "tower": 9}[station]
    if request.args.get("units") == "F":  # LEAK FCX101 request
        return f"{celsius * 9 // 5 + 32} F"
    return f"{celsius} C"


@app.get("/weather")
async def weather():
    loop = asyncio.get_running_loop()
    asked = [
        loop.run_in_executor(None, measure, station)  # HANDOVER
        for station in ("pier", "tower")
    ]
    readings = await asyncio.gather(*asked, return_exceptions=True)
    return {"readings": [r for r in readings if isinstance(r, str)]}


def test_weather_may_have_gaps() -> None:
    """Stations that do not answer are left out."""
    assert app.test_client().get("/weather?units=F").status_code == 200
