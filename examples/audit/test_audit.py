from flask import Flask

from audit import leak, repaired


def put_file(app: Flask) -> None:
    response = app.test_client().put("/files/plan.txt", headers={"X-User": "ann"})
    assert response.status_code == 202


def test_leak() -> None:
    """Green under plain pytest: a future logs what its callback raises."""
    put_file(leak.app)


def test_repaired() -> None:
    """The callback carries the user's name."""
    put_file(repaired.app)
