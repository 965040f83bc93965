"""A command pushes a context, hands it to a worker that pushes it too, and leaves its block."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask, current_app

CELL = ("submit", "app-context", "late-result")


@pytest.fixture
def app():
    app = Flask(__name__)
    app.config["TIDES"] = {"monday": "06:12"}
    return app


def test_tides_are_printed(app) -> None:
    """The page is printed by a worker."""

    def printed(context, day):
        with context:
            return current_app.config["TIDES"][day]

    with ThreadPoolExecutor(max_workers=2) as pool:
        with app.app_context() as context:
            page = pool.submit(printed, context, "monday")  # LEAK FCX203 none # HANDOVER
    assert page.done()
