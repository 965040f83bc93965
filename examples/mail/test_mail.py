from flask import Flask

from mail import leak, repaired


def register(app: Flask) -> None:
    response = app.test_client().post("/register", data={"email": "ann@example.org"})
    assert response.status_code == 201


def test_leak() -> None:
    """Green under plain pytest: the error is a line in a log."""
    register(leak.app)


def test_repaired() -> None:
    """The thread gets the sender's address as an argument."""
    register(repaired.app)
