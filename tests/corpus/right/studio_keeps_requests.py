"""A studio's test keeps the requests that a fake service received, and reads them when they are
over.
"""

import pytest
from flask import Flask, request

MUTANT = "first-read"

fake = Flask("fake")
fake.config["RECEIVED"] = []


@fake.post("/hooks/<name>")
def hook(name: str):
    fake.config["RECEIVED"].append(request._get_current_object())
    return "", 204


@pytest.fixture
def received():
    yield fake.config["RECEIVED"]
    fake.config["RECEIVED"].clear()


def test_hook_is_called(received) -> None:
    """The service got the recording with its title."""
    assert fake.test_client().post("/hooks/done", json={"title": "Take 5"}).status_code == 204
    assert [each.get_json() for each in received] == [{"title": "Take 5"}]
    assert received[0].path == "/hooks/done"
