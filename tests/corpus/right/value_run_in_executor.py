"""An async view reads the units first and gives them to the loop's executor with the station."""

import asyncio

import pytest
from flask import Flask, request

pytest.importorskip("asgiref")

MUTANT = "value-passed"

app = Flask(__name__)
CELSIUS = {"pier": 10, "tower": 5}


def measure(station: str, units: str) -> str:
    degrees = CELSIUS[station]
    return f"{degrees * 9 // 5 + 32} F" if units == "F" else f"{degrees} C"


@app.get("/weather")
async def weather():
    loop = asyncio.get_running_loop()
    units = request.args.get("units", "C")
    readings = [loop.run_in_executor(None, measure, station, units) for station in CELSIUS]
    return list(await asyncio.gather(*readings))


def test_weather_in_fahrenheit() -> None:
    """Every station answers in the units of the request."""
    assert app.test_client().get("/weather?units=F").json == ["50 F", "41 F"]
