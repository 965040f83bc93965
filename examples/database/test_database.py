import pytest
from flask import Flask

pytest.importorskip("flask_sqlalchemy")

from database import leak, repaired


def show_page(app: Flask) -> None:
    assert app.test_client().get("/pages/home").text == "This is home"


def test_leak() -> None:
    """Green under plain pytest: no visit is ever counted."""
    show_page(leak.app)


def test_repaired() -> None:
    """The task works in an application context of its own."""
    show_page(repaired.app)
