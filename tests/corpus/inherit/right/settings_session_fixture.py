"""A session fixture holds an application context, which the threads of a test read while it waits."""

import threading
from collections.abc import Iterator

import pytest
from flask import Flask, current_app

MUTANT = "async-views"

app = Flask(__name__)
app.config["REGION"] = "north"


@pytest.fixture(scope="session", autouse=True)
def _application() -> Iterator[None]:
    with app.app_context():
        yield


def regions(found: list[str]) -> None:
    found.append(current_app.config["REGION"])


@pytest.mark.parametrize("count", [1, 2])
def test_region_in_threads(count: int) -> None:
    """The threads of a test see the application that the suite holds."""
    found: list[str] = []
    threads = [threading.Thread(target=regions, args=(found,)) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == ["north"] * count
