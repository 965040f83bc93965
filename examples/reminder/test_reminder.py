from flask import Flask

from reminder import leak, repaired


def start_reminder(app: Flask) -> None:
    response = app.test_client().post("/booking/7/reminder")
    assert response.text == "We will remind you"


def test_leak() -> None:
    """Green under plain pytest: the timer goes off when the test is over."""
    start_reminder(leak.app)


def test_repaired() -> None:
    """The timer carries the finished link."""
    start_reminder(repaired.app)
