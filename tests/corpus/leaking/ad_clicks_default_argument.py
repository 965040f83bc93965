"""An ad server keeps `request` as a default argument of the function that its thread runs."""

import threading

import pytest
from flask import Flask, redirect, request

CELL = ("thread", "request", "default-argument")

pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")

clicks: list[tuple[str, str]] = []


def count_click(ad: str, *, visit=request) -> None:
    clicks.append((ad, visit.remote_addr))  # LEAK FCX101 request


app = Flask(__name__)
app.counters = []  # type: ignore[attr-defined]


@app.get("/ads/<ad>")
def click(ad: str):
    counter = threading.Thread(target=count_click, args=(ad,), daemon=True)
    app.counters.append(counter)  # type: ignore[attr-defined]
    counter.start()  # HANDOVER
    return redirect("https://ads.example/" + ad)


@pytest.fixture(autouse=True)
def _counted():
    yield
    for counter in app.counters:  # type: ignore[attr-defined]
        counter.join()


def test_click_leads_on() -> None:
    """A click leads to what was advertised."""
    response = app.test_client().get("/ads/shoes")
    assert response.location == "https://ads.example/shoes"
