from flask import Flask

from report import leak, repaired


def start_report(app: Flask) -> None:
    assert app.test_client().post("/report").status_code == 202


def test_leak() -> None:
    """Green under plain pytest: nobody reads what `map` returned."""
    start_report(leak.app)


def test_repaired() -> None:
    """Every page gets the language along with its number."""
    start_report(repaired.app)
