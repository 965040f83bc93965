"""A museum's audio guide finishes a visitor's work in the next visitor's request, in the first's
context.
"""

from contextvars import Context, copy_context

import pytest
from flask import Flask, request

CELL = ("kept-context", "request", "no-error")


class Backlog:
    """Work for which a request had no time, done by the next one."""

    def __init__(self) -> None:
        self.contexts: list[Context] = []

    def keep(self) -> None:
        self.contexts.append(copy_context())

    def work_off(self, heard: list[str]) -> None:
        while self.contexts:
            self.contexts.pop().run(note, heard)


def note(heard: list[str]) -> None:
    language = request.accept_languages.best or "en"  # LEAK FCX201 request
    heard.append(f"{request.path} in {language}")  # LEAK FCX201 request


@pytest.fixture
def heard() -> list[str]:
    return []


@pytest.fixture
def client(heard: list[str]):
    app = Flask(__name__)
    backlog = Backlog()

    @app.get("/guide/<room>")
    def guide(room: str):
        backlog.work_off(heard)
        backlog.keep()
        return f"You are in {room}, {request.accept_languages.best}"

    return app.test_client()


def test_what_was_heard(client, heard: list[str]) -> None:
    """The first visitor's language is noted while the second one is served."""
    first = client.get("/guide/attic", headers={"Accept-Language": "pt"})
    second = client.get("/guide/cellar", headers={"Accept-Language": "fi"})
    assert [first.text, second.text] == ["You are in attic, pt", "You are in cellar, fi"]
    assert heard == ["/guide/attic in pt"]
