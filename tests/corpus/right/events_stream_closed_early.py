"""A stream of server-sent events is closed by the test after its second chunk, as browsers do."""

import pytest
from flask import Flask, Response, g, stream_with_context

MUTANT = "streaming"


@pytest.fixture
def app():
    app = Flask(__name__)
    closed: list[str] = []
    app.extensions["closed"] = closed

    @app.get("/events/<channel>")
    def events(channel: str):
        g.channel = channel

        def pulse():
            try:
                for beat in range(1000):
                    yield f"data: {g.channel} {beat}\n\n"
            finally:
                closed.append(g.channel)

        return Response(stream_with_context(pulse()), mimetype="text/event-stream")

    return app


def test_two_beats_are_enough(app) -> None:
    """Who has heard two beats may leave, and the stream ends."""
    with app.test_client().get("/events/heart", buffered=False) as response:
        chunks = response.iter_encoded()
        beats = [next(chunks), next(chunks)]
    assert beats == [b"data: heart 0\n\n", b"data: heart 1\n\n"]
    assert app.extensions["closed"] == ["heart"]
