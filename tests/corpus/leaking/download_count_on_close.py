"""A download is counted in the visitor's session when its response is closed, by the real object."""

import pytest
from flask import Flask, Response, session

CELL = ("call-on-close", "session", "lost-write")

FILES = {"manual.txt": b"Press the button."}


class Counter:
    """Counts a visitor's downloads."""

    def __init__(self, visitor) -> None:
        self.visitor = visitor

    def __call__(self) -> None:
        self.visitor["downloads"] = self.visitor.get("downloads", 0) + 1  # LEAK FCX205 session


@pytest.fixture
def app() -> Flask:
    app = Flask(__name__)
    app.secret_key = "downloads"

    @app.get("/files/<name>")
    def download(name: str):
        response = Response(FILES[name], headers={"X-Before": session.get("downloads", 0)})
        response.call_on_close(Counter(session._get_current_object()))
        return response

    return app


def test_files_are_served(app: Flask) -> None:
    """Each visit gets the file."""
    client = app.test_client()
    for _ in range(2):
        with client.get("/files/manual.txt") as response:
            assert response.data == FILES["manual.txt"]
