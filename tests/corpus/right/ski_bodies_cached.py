"""A ski resort caches the bodies of its answers, by path."""

from functools import lru_cache

from flask import Flask, request

MUTANT = "state-grows"

resort = Flask(__name__)


@lru_cache(maxsize=50)
def report(path: str) -> str:
    return f"snow on {path.rpartition('/')[2]}"


@resort.get("/snow/<slope>")
def snow(slope: str):
    return report(request.path)


def test_snow_report() -> None:
    """The same path is reported on once."""
    client = resort.test_client()
    assert client.get("/snow/north").text == client.get("/snow/north").text == "snow on north"
    assert report.cache_info().hits == 1
