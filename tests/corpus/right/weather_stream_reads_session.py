"""A streamed forecast reads the session, in which its view noted the visit before it began."""

import pytest
from flask import Flask, Response, session, stream_with_context

MUTANT = "session-writes"


@pytest.fixture
def client():
    app = Flask(__name__)
    app.secret_key = "weather"

    @app.get("/forecast")
    def forecast():
        session["cities"] = ["Oslo", "Bergen"]
        session["asked"] = session.get("asked", 0) + 1

        @stream_with_context
        def lines():
            for city in session["cities"]:
                yield f"{city}: {session['asked']}\n"
            assert session.setdefault("asked", 0)

        return Response(lines(), mimetype="text/plain")

    return app.test_client()


def test_forecast_is_streamed(client) -> None:
    """Each forecast is counted."""
    assert client.get("/forecast").text == "Oslo: 1\nBergen: 1\n"
    assert client.get("/forecast").text == "Oslo: 2\nBergen: 2\n"
