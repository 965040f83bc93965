import pytest
from flask import Flask

pytest.importorskip("flask_login")

from login import leak, repaired


def delete_document(app: Flask) -> None:
    client = app.test_client()
    client.post("/login/ann")
    assert client.delete("/documents/draft").status_code == 202


def test_leak() -> None:
    """Green under plain pytest, and nothing is raised at all: the history is wrong."""
    delete_document(leak.app)


def test_repaired() -> None:
    """The task gets the name of the user."""
    delete_document(repaired.app)
