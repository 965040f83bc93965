"""A harbour's test file pushes an app context while it is imported, for all of its tests."""

from flask import Flask, current_app

MUTANT = "body-over"

app = Flask(__name__)
app.config["BERTHS"] = 4
app.app_context().push()


def test_berths() -> None:
    """The harbour has room for four ships."""
    assert current_app.config["BERTHS"] == 4
